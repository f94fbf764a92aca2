import type uPlot from 'uplot';
import type { TraceVersion } from '../api/types.ts';
import { secondsOf } from './time-line-data.ts';

/** As many as there are colours for; further suppliers are one layer. */
export const MOST_LAYERS = 6;
export const OTHERS = 'others';

/** The last version gets some room, though it lasts until now: that may be months. */
const ROOM = 0.15;
const LEAST_ROOM_SECONDS = 60;

export interface Stack {
  /** Suppliers, the lowest layer first. */
  layers: readonly string[];
  /** x in seconds, the upper edge of each layer from the highest to the lowest, and what the shop shows. */
  data: uPlot.AlignedData;
  /** Which version stands at each x. */
  at: readonly TraceVersion[];
}

/**
 * What each supplier's figure was in each version, from when it was made.
 *
 * @returns undefined where every figure is that of one event: the time line says it all
 */
export function stackOf(versions: readonly TraceVersion[], nowSeconds: number): Stack | undefined {
  if (versions.every(({ shares }) => shares === null)) return undefined;
  const made = versions.toSorted(
    (a, b) => secondsOf(a.createdAt) - secondsOf(b.createdAt) || a.version - b.version,
  );
  const last = made.at(-1);
  if (!last) return undefined;
  const figures = [...made, last].map(figuresOf);
  const layers = layersOf(figures);
  const edges = layers.map((_, index) =>
    figures.map((one) => sum(layers.slice(0, index + 1).map((layer) => piecesOf(one, layer, layers)))),
  );
  const times = made.map(({ createdAt }) => secondsOf(createdAt));
  return {
    layers,
    data: [
      [...times, endOf(times, nowSeconds)],
      ...edges.toReversed(),
      [...made, last].map(({ quantity }) => quantity),
    ],
    at: [...made, last],
  };
}

/** How many pieces of each supplier count in a version, by supplier. */
export function figuresOf({ shares, supplier, quantity }: TraceVersion): Map<string, number> {
  if (shares === null) return new Map([[supplier, quantity]]);
  const figures = new Map<string, number>();
  for (const share of shares.filter(({ counts }) => counts))
    figures.set(share.supplier, (figures.get(share.supplier) ?? 0) + Math.max(0, share.quantity));
  return new Map([...figures].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function layersOf(figures: readonly Map<string, number>[]): string[] {
  const suppliers = [...new Set(figures.flatMap((one) => [...one.keys()]))].toSorted();
  return suppliers.length <= MOST_LAYERS ? suppliers : [...suppliers.slice(0, MOST_LAYERS - 1), OTHERS];
}

function piecesOf(figures: ReadonlyMap<string, number>, layer: string, layers: readonly string[]): number {
  if (layer !== OTHERS || layers.length < MOST_LAYERS) return figures.get(layer) ?? 0;
  return sum([...figures].filter(([supplier]) => !layers.includes(supplier)).map(([, pieces]) => pieces));
}

function endOf(times: readonly number[], nowSeconds: number): number {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  return Math.max(last, Math.min(nowSeconds, last + Math.max(LEAST_ROOM_SECONDS, (last - first) * ROOM)));
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
