import { broken, kept, type StorefrontPromise } from '../promise.ts';
import { figures, HAS_PAGE, PAGE_FOLLOWS } from '../shown.ts';
import { HAS_ITEM } from './item.ts';
import { LETS_US_IN } from './opens.ts';
import { taken } from './taken.ts';

export const KEEPS_VERSION = 'keeps-version';

export const setsStock: StorefrontPromise = {
  id: HAS_PAGE,
  name: 'has its stock set, and shows it at once',
  why: 'It is all that publishing does; what is not read back may as well not have been set.',
  todo:
    'Allow the account to write stock; see which plugin, ERP or hook sets it again, and that `location` is ' +
    'the one that is sold from.',
  needs: [HAS_ITEM],
  async try(storefront) {
    const message = storefront.message();
    const answer = await storefront.tell(message);
    if (answer.kind !== 'accepted') return taken(answer);
    const shown = await storefront.page();
    const { quantity } = message.item;
    return shown?.quantity === quantity
      ? kept(`it has ${quantity}`)
      : broken(`it has ${figures(shown)}, and was told ${quantity}`);
  },
};

export const setsAbsolutely: StorefrontPromise = {
  id: PAGE_FOLLOWS,
  name: 'takes a quantity as what there is',
  why: 'What is added to what was there before is sold though nobody has it; a 0 has to be shown first of all.',
  todo: 'Have what stands before the Admin API leave quantities as they are, and the shop take a 0.',
  needs: [HAS_PAGE],
  async try(storefront) {
    const [more, fewer, none] = [40, 3, 0];
    for (const quantity of [more, fewer, none]) {
      const told = taken(await storefront.tell(storefront.message({ quantity })));
      if (told.status !== 'ok') return broken(`of the quantity ${quantity}: ${told.detail}`, told.todo);
      const shown = await storefront.page();
      if (shown?.quantity !== quantity) return broken(`it has ${figures(shown)}, and was told ${quantity}`);
    }
    return kept(`it had ${more}, then ${fewer}, then ${none}`);
  },
};

export const keepsVersion: StorefrontPromise = {
  id: KEEPS_VERSION,
  name: 'keeps our version beside the stock',
  why: 'By nothing else a late call is told from a new one; a sweep and the trace go by it, too.',
  todo:
    'See that the custom field, metadata or metafield that docs/storefronts.md names can be written, and is ' +
    'written by nobody else.',
  needs: [HAS_PAGE],
  async try(storefront) {
    const message = storefront.message();
    const answer = await storefront.tell(message);
    if (answer.kind !== 'accepted') return taken(answer);
    const shown = await storefront.page();
    const { version } = message.item;
    return shown?.version === version
      ? kept(`it has version ${version}`)
      : broken(`it has ${figures(shown)}, and was told version ${version}`);
  },
};

export const rejectsUnknown: StorefrontPromise = {
  id: 'rejects-unknown',
  name: 'says that it has no such SKU',
  why: 'One that it does not have is rejected, and told; one that cannot be reached is tried again for a day.',
  todo: 'See what stands between, and what its Admin API answers where it finds nothing: an empty list, and no error.',
  needs: [LETS_US_IN],
  async try(storefront) {
    const answer = await storefront.tell(storefront.message({ item: storefront.unknownItem }));
    if (answer.kind === 'rejected') return kept(answer.reason);
    return answer.kind === 'accepted' ? broken('it was accepted') : taken(answer);
  },
};
