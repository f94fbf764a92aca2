import { callsAtOnce } from '../checked-storefront.ts';
import { taken } from '../judge-answer.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import { pageFollows, shows } from '../shown.ts';

const AT_ONCE = 4;

export const takesSeveralAtOnce: StorefrontPromise = {
  id: 'takes-several-at-once',
  name: 'answers several messages at a time',
  why: 'Items are told side by side, and two versions of one may cross: the highest has to be what stays.',
  todo: 'Compare and store the version in one step (a transaction, a conditional UPDATE), and allow several connections.',
  needs: ['takes-messages'],
  async try(storefront) {
    const atOnce = callsAtOnce(storefront.storefront.limits, AT_ONCE);
    if (atOnce === 1) return untried('by its limits it is called once at a time');
    const messages = Array.from({ length: atOnce }, () => storefront.message());
    const answers = await Promise.all(messages.map((message) => storefront.tell(message)));
    const failures = answers.map(taken).filter(({ status }) => status !== 'ok');
    const [first] = failures;
    if (first) return broken(`${failures.length} of ${atOnce} failed: ${first.detail}`, first.todo);
    const last = messages.at(-1);
    if (!last || !pageFollows(storefront)) return kept(`all ${atOnce} accepted`);
    const shown = shows(await storefront.page(), last);
    return shown.status === 'ok' ? kept(`all ${atOnce} accepted; its page shows the highest`) : shown;
  },
};
