import { taken } from '../judge-answer.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import { figures, HAS_PAGE, PAGE_FOLLOWS, pageFollows, shows } from '../shown.ts';

export const showsAtOnce: StorefrontPromise = {
  id: HAS_PAGE,
  name: 'shows quantity and version at once',
  why: 'What customers see is proved by asking for it; without a version an old page looks like a new one.',
  todo: 'Answer GET /items/{itemId} with {"quantity": …, "version": …} of what was accepted, before it is answered.',
  needs: ['takes-messages'],
  async try(storefront) {
    const message = storefront.message();
    const answer = await storefront.tell(message);
    if (answer.kind !== 'accepted') return taken(answer);
    const shown = await storefront.page();
    if (shown) return shows(shown, message);
    return untried(
      `no page of ${message.item.itemId}: it shows what it sells only, or reads its path otherwise`,
    );
  },
};

export const showsTheNext: StorefrontPromise = {
  id: PAGE_FOLLOWS,
  name: 'shows the next version at once',
  why: 'A cache on the way would show the old quantity for as long as it keeps it.',
  todo: 'Answer with `cache-control: no-store`, or throw the page away before the message is answered.',
  needs: [HAS_PAGE],
  async try(storefront) {
    const message = storefront.message();
    const answer = await storefront.tell(message);
    return answer.kind === 'accepted' ? shows(await storefront.page(), message) : taken(answer);
  },
};

export const unknownIsUnknown: StorefrontPromise = {
  id: 'unknown-is-404',
  name: 'answers 404 for unknown items',
  why: 'A 0 would say "sold out" of what was never told; a sweep and the trace tell the two apart.',
  todo: 'Answer GET /items/{itemId} with 404 for an item of which it was never told.',
  async try(storefront) {
    const shown = await storefront.page(storefront.unknownItem);
    return shown
      ? broken(`it shows ${figures(shown)} of ${storefront.unknownItem.itemId}, of which it was never told`)
      : kept('404');
  },
};

export const oddIds: StorefrontPromise = {
  id: 'odd-ids',
  name: 'knows ids with odd characters',
  why: 'SKUs of suppliers hold blanks, slashes, umlauts and per cent signs.',
  todo: 'Decode the percent-encoding of the path of GET /items/{itemId} once, and take what comes out as it is.',
  needs: ['takes-messages'],
  async try(storefront) {
    const item = storefront.oddItem;
    const message = storefront.message({ item });
    const answer = await storefront.tell(message);
    if (answer.kind !== 'accepted') return taken(answer);
    if (!pageFollows(storefront)) return kept(`accepted for ${item.itemId}`);
    return shows(await storefront.page(item), message);
  },
};
