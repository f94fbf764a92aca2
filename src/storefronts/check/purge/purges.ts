import { randomBytes } from 'node:crypto';
import type { PurgeConfig } from '../../../storefront/kinds/purge/purge-schema.ts';
import { NOTHING_HIT } from '../../../storefront/kinds/purge/purge.ts';
import { answersInTime as answersAny } from '../answers-in-time.ts';
import { inWords, noAnswer, refused, taken } from '../judge-answer.ts';
import { newestPublished } from '../published-item.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import type { CheckedStorefront } from '../checked-storefront.ts';

export const answers: StorefrontPromise = {
  id: 'answers',
  name: 'answers at its address',
  why: 'A cache that cannot be reached goes on showing what is old, and publishing waits for it for a day.',
  todo: 'See that it runs, that the address is right, and that this machine may send it such requests.',
  async try(storefront) {
    const answer = await storefront.tell(storefront.message());
    return answer.kind === 'unreachable' ? noAnswer(answer) : kept(`HTTP ${answer.httpStatus}`);
  },
};

export const takesPurges: StorefrontPromise = {
  id: 'takes-purges',
  name: 'says yes to its requests',
  why: 'What is neither accepted nor to be tried again counts as a rejection: the version stays unpublished.',
  todo: 'Allow this machine to purge (an ACL, a token), or set `accepted` to the statuses by which it says yes.',
  needs: ['answers'],
  async try(storefront) {
    return taken(await storefront.tell(storefront.message()));
  },
};

export const tellsNothing: StorefrontPromise = {
  id: 'tells-nothing',
  name: 'says when nothing was cached',
  why: 'A request with a wrong path or key throws nothing away either, and would look like a success.',
  todo: 'Set `nothing` to what it answers where no page was cached: a status, a header or a text of the body.',
  needs: ['takes-purges'],
  async try(storefront) {
    if (!namesNothing(storefront))
      return untried('no `nothing` is set: a purge that hits nothing is not seen');
    const answer = await storefront.tell(storefront.message());
    if (answer.kind !== 'accepted') return taken(answer);
    return answer.reason === NOTHING_HIT
      ? kept(`"${NOTHING_HIT}" of ${storefront.item.itemId}, which has no page`)
      : broken(`a page of ${storefront.item.itemId}, which has none, was thrown away: ${inWords(answer)}`);
  },
};

export const throwsPagesAway: StorefrontPromise = {
  id: 'throws-pages-away',
  name: 'throws away what was just read',
  why: 'Requests that name another page, host or key than the one that customers read leave the old page there.',
  todo: 'Have the request name what the page is cached under: path and Host, or the key or tag in its headers.',
  needs: ['tells-nothing'],
  async try(storefront) {
    const { database, tenant, name } = storefront;
    const item = database && (await newestPublished(database, { tenant, name }));
    if (!item) return untried('it has accepted no item of the catalog yet');
    if (!(await storefront.page(item))) return broken(`${item.itemId} has no page`);
    const answer = await storefront.tell({ id: storefront.message().id, item });
    if (answer.kind !== 'accepted') return taken(answer);
    return answer.reason === NOTHING_HIT
      ? broken(`it had nothing of ${item.itemId}, whose page was just read`)
      : kept(`the page of ${item.itemId}`);
  },
};

export const refusesOtherSecrets: StorefrontPromise = {
  id: 'refuses-other-secrets',
  name: 'refuses another secret',
  why: 'Whoever finds the address could have all pages thrown away, and the shop behind it answer for them.',
  todo: 'Have it compare the token; `requests` has to send it as {secret} in a header.',
  needs: ['takes-purges'],
  async try(storefront) {
    if (!storefront.storefront.secret)
      return untried('it is told without a secret: who may purge is a matter of its addresses (an ACL)');
    const secret = Buffer.from(`wrong-${randomBytes(12).toString('hex')}`);
    return refused(await storefront.tell(storefront.message(), { secrets: { secret } }));
  },
};

export const takesAgain: StorefrontPromise = {
  id: 'takes-again',
  name: 'takes the same request twice',
  why: 'An answer may get lost on its way: it is sent again, and a "no" would count as a rejection.',
  todo: 'Have a page that is gone already be no fault: set `nothing` to what it answers then.',
  needs: ['takes-purges'],
  async try(storefront) {
    const message = storefront.message();
    const first = await storefront.tell(message);
    return first.kind === 'accepted' ? taken(await storefront.tell(message)) : taken(first);
  },
};

export const answersInTime: StorefrontPromise = {
  ...answersAny,
  todo: 'Have it throw pages away in the background (a ban, a soft purge), or answer before it does.',
};

function namesNothing({ storefront: { config } }: CheckedStorefront): boolean {
  return (config as PurgeConfig).requests.some(({ nothing }) => nothing !== undefined);
}
