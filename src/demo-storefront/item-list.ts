import { compareUtf8 } from '../domain/utf8.ts';
import type { ShownItem } from './product-page.ts';
import type { Shelf } from './shelf.ts';

export interface ListQuery {
  tenant?: string;
  after?: string;
  limit?: string;
}

interface ListPage {
  items: { itemId: string; quantity: number; version: number }[];
  next: string | null;
}

const MOST = 500;
/** The catalog is asked for so many pages at a time. */
const AT_A_TIME = 20;

/**
 * A page of what is shown of a tenant, by the bytes of the ids. Pages that a cache bust dropped are read from the
 * catalog again, as for a customer; what cannot be shown now is left out.
 */
export async function itemList(
  shelf: Shelf,
  { tenant = '', after = '', limit = '' }: ListQuery,
  show: (itemId: string) => Promise<ShownItem | 'unknown' | 'unavailable'>,
): Promise<ListPage> {
  const most = Math.min(MOST, Math.max(1, Number(limit) || MOST));
  const behind = shelf
    .known()
    .map(([itemId]) => itemId)
    .filter((itemId) => itemId.startsWith(`${tenant}:`) && compareUtf8(itemId, after) > 0)
    .toSorted(compareUtf8);
  const chosen = behind.slice(0, most);
  const items: ListPage['items'] = [];
  for (let from = 0; from < chosen.length; from += AT_A_TIME) {
    const pages = await Promise.all(chosen.slice(from, from + AT_A_TIME).map((itemId) => show(itemId)));
    for (const page of pages) {
      if (typeof page === 'string') continue;
      const { itemId, quantity, version } = page;
      items.push({ itemId, quantity, version });
    }
  }
  return { items, next: behind.length > most ? (chosen.at(-1) ?? null) : null };
}
