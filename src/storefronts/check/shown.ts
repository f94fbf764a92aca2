import type { ShownItem } from '../../storefront/kinds/kind.ts';
import type { CheckedStorefront, ScratchMessage } from './checked-storefront.ts';
import { broken, kept, type Outcome } from './promise.ts';

/** The promises that say whether the scratch item has a page, and whether it shows what was told just now. */
export const HAS_PAGE = 'shows-at-once';
export const PAGE_FOLLOWS = 'shows-the-next';

/** The scratch item's page, of a storefront that has one; asking others would be asking for nothing. */
export async function pageIfShown(storefront: CheckedStorefront): Promise<ShownItem | undefined> {
  return storefront.found.get(HAS_PAGE) === 'ok' ? storefront.page() : undefined;
}

/** Whether pages can be held to what was told just now. */
export function pageFollows({ found }: CheckedStorefront): boolean {
  return found.get(PAGE_FOLLOWS) === 'ok';
}

/** Holds a page to what was told. */
export function shows(shown: ShownItem | undefined, { item: told }: Pick<ScratchMessage, 'item'>): Outcome {
  if (same(shown, told)) return kept(`its page shows ${figures(told)}`);
  return broken(`its page shows ${figures(shown)}, and was told ${figures(told)}`);
}

/** Whether two say the same; a page that says no version is held to the quantity. */
export function same(one: ShownItem | undefined, other: ShownItem | undefined): boolean {
  if (!one || !other) return one === other;
  const versions = [one.version, other.version];
  return one.quantity === other.quantity && (versions.includes(null) || versions[0] === versions[1]);
}

export function figures(shown: ShownItem | undefined): string {
  if (!shown) return 'no such item';
  return shown.version === null ? `${shown.quantity}` : `${shown.quantity} in version ${shown.version}`;
}
