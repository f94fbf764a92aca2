import type { RefusedRow } from '../run/sum-up-rows.ts';

/** Refusals of one code, none left out. */
export interface RefusedAlike {
  code: string;
  count: number;
  /** The first ones. */
  lines: number[];
  /** All of them, each stretch by its first and its last line. */
  ranges: [from: number, to: number][];
  /** Of the first one. */
  reason: string;
}

const FIRST_LINES = 10;

/** Gathers what is refused of a file, by code. */
export function refusedLines() {
  const byCode = new Map<string, RefusedAlike>();
  return {
    all: () => [...byCode.values()],
    add(refusals: readonly RefusedRow[]): void {
      for (const { code, line, reason } of refusals) {
        const known = byCode.get(code) ?? { code, count: 0, lines: [], ranges: [], reason };
        byCode.set(code, known);
        known.count += 1;
        if (known.lines.length < FIRST_LINES && known.lines.at(-1) !== line) known.lines.push(line);
        const last = known.ranges.at(-1);
        if (last && line <= last[1] + 1) last[1] = Math.max(last[1], line);
        else known.ranges.push([line, line]);
      }
    },
  };
}
