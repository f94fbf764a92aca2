/** An item of a tenant. */
interface Item {
  itemId: string;
}

/** Who asked to be left alone with an item, of a tenant's several storefronts, as far as this process knows. */
export interface AskedToWait {
  /** Those that did so, by name. */
  of(item: Item): string[];
  note(item: Item, storefront: string, forMs: number): void;
}

/** @param now in ms, by a clock that is not set back */
export function createAskedToWait(now: () => number = () => performance.now()): AskedToWait {
  const items = new Map<string, Map<string, number>>();
  return {
    of: ({ itemId }) =>
      [...(items.get(itemId) ?? [])].flatMap(([name, until]) => (until > now() ? [name] : [])),
    note: ({ itemId }, storefront, forMs) => {
      for (const [id, storefronts] of items) {
        if ([...storefronts.values()].every((until) => until <= now())) items.delete(id);
        else break;
      }
      const own = items.get(itemId) ?? new Map<string, number>();
      items.set(itemId, own.set(storefront, now() + forMs));
    },
  };
}
