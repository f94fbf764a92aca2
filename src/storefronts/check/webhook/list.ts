import { NO_LIST } from '../../../storefront/read-list.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import { figures, HAS_PAGE, pageFollows, same } from '../shown.ts';

export const listsItems: StorefrontPromise = {
  id: 'lists-items',
  name: 'lists its items in order',
  why: 'A sweep asks for 500 items at a time instead of one, and finds items that the catalog does not have.',
  todo:
    'Answer GET /items?tenant=T&after=ITEMID&limit=500 with {"items": [{"itemId", "quantity", "version"}], "next"}, ' +
    'ascending by the bytes of the ids; or with 404 where there is none.',
  async try(storefront) {
    const first = await storefront.list('');
    if (first.kind === 'unusable') {
      return first.why === NO_LIST.why ? untried('it has none; it need not') : broken(first.why);
    }
    if (storefront.found.get(HAS_PAGE) !== 'ok') return kept(`${first.items.length} items on its first page`);
    const { itemId } = storefront.item;
    // Asked for what comes behind the id but for its last letter: the item is on that page, however many there are.
    const near = await storefront.list(itemId.slice(0, -1));
    if (near.kind === 'unusable') return broken(near.why);
    const listed = near.items.find((one) => one.itemId === itemId);
    if (!pageFollows(storefront) && listed) return kept(`it ascends, and holds ${itemId}`);
    const shown = await storefront.page();
    if (same(listed, shown)) return kept(`it ascends, and says of ${itemId} what its page shows`);
    return broken(`it says ${figures(listed)} of ${itemId}, whose page shows ${figures(shown)}`);
  },
};
