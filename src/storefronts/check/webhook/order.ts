import { taken } from '../judge-answer.ts';
import { broken, kept, type StorefrontPromise } from '../promise.ts';
import { figures, pageIfShown, same } from '../shown.ts';

/** Doctor tries this one and `takesMessages` too. */
export const keepsHighest: StorefrontPromise = {
  id: 'keeps-highest',
  name: 'keeps the highest version',
  why: 'An attempt may arrive late, behind a newer one: the page would go back to what is long sold.',
  todo:
    'Have it keep the highest version that it has seen of an item, and answer a lower one ' +
    '{"accepted": true, "reason": "superseded"}.',
  needs: ['takes-messages'],
  async try(storefront) {
    const before = await pageIfShown(storefront);
    const answer = await storefront.tell(storefront.message({ version: storefront.version - 1 }));
    if (answer.kind !== 'accepted') return taken(answer);
    const after = await pageIfShown(storefront);
    const back = same(before, after) ? '' : `; the page went from ${figures(before)} to ${figures(after)}`;
    if (answer.reason === 'superseded' && back === '') return kept('a lower one was answered "superseded"');
    const said =
      answer.reason === undefined ? 'without "superseded"' : `with ${JSON.stringify(answer.reason)}`;
    return broken(`a lower version was taken after a higher one (accepted ${said})${back}`);
  },
};

export const takesAgain: StorefrontPromise = {
  id: 'takes-again',
  name: 'takes the same message twice',
  why: 'An answer may get lost on its way: the message comes again, and a "no" would count as a rejection.',
  todo: 'Answer {"accepted": true} to a webhook-id that was taken before, and to the version that it keeps.',
  needs: ['takes-messages'],
  async try(storefront) {
    const message = storefront.message();
    const first = await storefront.tell(message);
    if (first.kind !== 'accepted') return taken(first);
    const before = await pageIfShown(storefront);
    const again = taken(await storefront.tell(message));
    if (again.status !== 'ok') return again;
    const after = await pageIfShown(storefront);
    return same(before, after)
      ? kept('accepted twice')
      : broken(`the page went from ${figures(before)} to ${figures(after)}`);
  },
};
