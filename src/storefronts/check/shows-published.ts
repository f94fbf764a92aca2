import { setTimeout as sleep } from 'node:timers/promises';
import { isPublished, newestPublished } from './published-item.ts';
import { broken, kept, untried, type StorefrontPromise } from './promise.ts';
import { figures } from './shown.ts';

/** An accepted version may be just taking effect: so much later, in ms, it is there. */
const LOOK_AGAIN_AFTER_MS = 1_000;

/** Of whatever kind: the page of an item of the catalog shows what was published. */
export const showsPublished: StorefrontPromise = {
  id: 'shows-published',
  name: 'shows what was published',
  why: 'That is what all of it is for. A probe asks for the same, and the launch gate goes by what it sees.',
  todo:
    'Find out what stands between the accepted message and the page: a cache, another database, another address; ' +
    '`catalog-sync trace` tells what the item should show.',
  async try(storefront) {
    const { database, tenant, name } = storefront;
    const item = database && (await newestPublished(database, { tenant, name }));
    if (!item) return untried('it has accepted no item of the catalog yet');
    for (let looks = 1; ; looks += 1) {
      const shown = await storefront.page(item);
      const what = `the page of ${item.itemId} shows ${figures(shown)}`;
      if (await isPublished(database, item, shown)) return kept(what);
      if (looks === 2) return broken(`${what}; it accepted ${figures(item)}`);
      await sleep(LOOK_AGAIN_AFTER_MS);
    }
  },
};
