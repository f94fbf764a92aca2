import { taken } from '../judge-answer.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import { pageFollows, shows } from '../shown.ts';

const AT_ONCE = 4;

export const takesSeveralAtOnce: StorefrontPromise = {
  id: 'takes-several-at-once',
  name: `answers ${AT_ONCE} messages at a time`,
  why: 'Items are told side by side, and two versions of one may cross: the highest has to be what stays.',
  todo: 'Compare and store the version in one step (a transaction, a conditional UPDATE), and allow several connections.',
  needs: ['takes-messages'],
  async try(storefront) {
    const messages = Array.from({ length: AT_ONCE }, () => storefront.message());
    const answers = await Promise.all(messages.map((message) => storefront.tell(message)));
    const failures = answers.map(taken).filter(({ status }) => status !== 'ok');
    const [first] = failures;
    if (first) return broken(`${failures.length} of ${AT_ONCE} failed: ${first.detail}`, first.todo);
    const last = messages.at(-1);
    if (!last || !pageFollows(storefront)) return kept(`all ${AT_ONCE} accepted`);
    const shown = shows(await storefront.page(), last);
    return shown.status === 'ok' ? kept(`all ${AT_ONCE} accepted; its page shows the highest`) : shown;
  },
};

export const answersInTime: StorefrontPromise = {
  id: 'answers-in-time',
  name: 'answers in time',
  why:
    'A first try waits two seconds and no longer: one that is slower is told of everything twice, and holds the ' +
    'queue up for that long each time.',
  todo: 'Answer within two seconds: take the message in, answer, and do what takes long afterwards.',
  async try({ tookMs: [first, ...others], slowMs }) {
    // The first one finds caches cold and connections closed.
    const slowest = Math.max(...(others.length > 0 ? others : [first ?? 0]));
    if (first === undefined) return untried('nothing was sent');
    const words = `the slowest of ${others.length} answers took ${slowest} ms`;
    return slowest > slowMs ? broken(`${words}, and ${slowMs} ms is the most`) : kept(words);
  },
};
