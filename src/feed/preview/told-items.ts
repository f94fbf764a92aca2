import { normalizeSku } from '../../domain/normalize.ts';
import type { SummedRows } from '../run/sum-up-rows.ts';

type Item = SummedRows['items'][number];

/** What a file says, of each item at each location once: of two figures of one place, the one that would win. */
export interface ItemCollector {
  add(items: readonly Item[]): void;
  items(): Item[];
}

export function collectItems(): ItemCollector {
  const kept = new Map<string, Item>();
  return {
    items: () => [...kept.values()],
    add: (told) => {
      for (const item of told) {
        const key = `${item.location}\0${normalizeSku(item.sku)}`;
        const known = kept.get(key);
        if (!known || isGreater(item, known)) kept.set(key, item);
      }
    },
  };
}

function isGreater(one: Item, other: Item): boolean {
  if (one.updatedAtUs === undefined || one.quantity === undefined) return false;
  if (other.updatedAtUs === undefined || other.quantity === undefined) return true;
  const [at, before] = [BigInt(one.updatedAtUs), BigInt(other.updatedAtUs)];
  return at === before ? one.quantity < other.quantity : at > before;
}
