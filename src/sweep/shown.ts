import { storableInteger } from '../storefront/storable-integer.ts';

/** A storefront's answer for an item, and what it had accepted of it before it was asked. */
export interface Shown {
  itemId: string;
  /** Null: nothing, or the catalog does not know the item. */
  accepted: number | null;
  /** Null: the storefront does not know the item. */
  version: number | null;
  quantity: number | null;
}

export function shownOf(
  item: { itemId: string; accepted: number | null },
  answer: { version: number; quantity: number } | undefined,
): Shown {
  return {
    itemId: item.itemId,
    accepted: item.accepted,
    version: answer ? storableInteger(answer.version) : null,
    quantity: answer ? storableInteger(answer.quantity) : null,
  };
}

/** What several answers are in a statement: `jsonb_to_recordset(… AS x (item text, accepted integer, …)`. */
export function shownJson(shown: readonly Shown[]): string {
  return JSON.stringify(shown.map(({ itemId: item, ...rest }) => ({ item, ...rest })));
}
