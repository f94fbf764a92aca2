import { compareUtf8 } from '../domain/utf8.ts';
import type { ListedItem } from '../storefront/read-list.ts';
import type { LedgerItem } from './ledger-page.ts';
import { shownOf, type Shown } from './shown.ts';

/** A stretch of a tenant's items, of which ledger and storefront have both been read. */
export interface Stretch {
  /** In the order of their bytes; those that only the storefront knows among them. */
  items: LedgerItem[];
  shown: Map<string, Shown>;
  /** Entries of the list that the ledger's page does not have, other tenants' among them. */
  foreign: number;
  /** Where the next one begins. */
  end: string;
  /** Whether nothing comes behind it. */
  isLast: boolean;
}

/**
 * Joins a page of the ledger with a page of the storefront's list that begins at the same place, as far as both reach.
 * What the ledger has there and the list has not, the storefront does not know.
 */
export function joinPages(
  tenant: string,
  ledger: { items: readonly LedgerItem[]; isLast: boolean },
  list: { items: readonly ListedItem[]; next: string | null },
): Stretch {
  const ledgerEnd = ledger.isLast ? undefined : ledger.items.at(-1)?.itemId;
  const ends = [ledgerEnd, list.next ?? undefined].filter((end) => end !== undefined).toSorted(compareUtf8);
  const end = ends[0];
  const reached = ({ itemId }: { itemId: string }): boolean =>
    end === undefined || compareUtf8(itemId, end) <= 0;
  const known = ledger.items.filter(reached);
  const knownIds = new Set(known.map(({ itemId }) => itemId));
  const listed = new Map(list.items.filter(reached).map((item) => [item.itemId, item]));
  const foreign = [...listed.keys()].filter((itemId) => !knownIds.has(itemId));
  const unknownHere = foreign
    .filter((itemId) => itemId.startsWith(`${tenant}:`))
    .map((itemId): LedgerItem => ({ itemId, known: false, accepted: null, asked: true }));
  const items = [...known, ...unknownHere].toSorted((a, b) => compareUtf8(a.itemId, b.itemId));
  return {
    items,
    shown: new Map(
      items
        .filter(({ asked }) => asked)
        .map((item) => [item.itemId, shownOf(item, listed.get(item.itemId))] as const),
    ),
    foreign: foreign.length,
    end: end ?? items.at(-1)?.itemId ?? '',
    isLast: end === undefined,
  };
}
