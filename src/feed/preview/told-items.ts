import { normalizeSku } from '../../domain/normalize.ts';
import type { SummedRows } from '../run/sum-up-rows.ts';

/** What a file says of one item at one location. */
interface Figure {
  location: string;
  quantity: number | undefined;
  updatedAt: bigint | undefined;
}

/** What a file says, item by item: of two figures of one place, the one that would win. */
export type ToldItems = ReadonlyMap<string, readonly Figure[]>;

export interface ItemCollector {
  add(items: SummedRows['items']): void;
  items: ToldItems;
}

export function collectItems(): ItemCollector {
  const items = new Map<string, Figure[]>();
  return {
    items,
    add: (told) => {
      for (const { sku, location, quantity, updatedAtUs } of told) {
        const key = normalizeSku(sku);
        const figures = items.get(key) ?? [];
        if (figures.length === 0) items.set(key, figures);
        const figure = {
          location,
          quantity,
          updatedAt: updatedAtUs === undefined ? undefined : BigInt(updatedAtUs),
        };
        const index = figures.findIndex((one) => one.location === location);
        if (index === -1) figures.push(figure);
        else if (isGreater(figure, figures[index] ?? figure)) figures[index] = figure;
      }
    },
  };
}

function isGreater(one: Figure, other: Figure): boolean {
  if (one.updatedAt === undefined || one.quantity === undefined) return false;
  if (other.updatedAt === undefined || other.quantity === undefined) return true;
  return one.updatedAt === other.updatedAt ? one.quantity < other.quantity : one.updatedAt > other.updatedAt;
}
