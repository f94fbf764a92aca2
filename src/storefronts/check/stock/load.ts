import { takesSeveral } from '../../../storefront/kinds/takes-several.ts';
import { answersInTime as answersAny } from '../answers-in-time.ts';
import { callsAtOnce } from '../checked-storefront.ts';
import { broken, kept, untried, type StorefrontPromise } from '../promise.ts';
import { unheardOf } from '../scratch-item.ts';
import { shows } from '../shown.ts';
import { KEEPS_VERSION } from './sets.ts';
import { taken } from './taken.ts';

const AT_ONCE = 4;
const ROUNDS = 3;
/** Who gives up may do so a little later, in ms. */
const GRACE_MS = 5_000;
const LOWER = 'Set `limits` to what it takes: fewer `callsPerSecond`, `callsAtOnce` or `itemsPerCall`.';

export const takesSeveralInACall: StorefrontPromise = {
  id: 'takes-several-in-a-call',
  name: 'takes a full call, and tells items apart',
  why: 'A call holds as many items as its limits say; one that the shop does not have is to keep no other from being set.',
  todo: LOWER,
  needs: [KEEPS_VERSION, 'rejects-unknown'],
  async try(storefront) {
    const { limits } = storefront.storefront;
    if (!takesSeveral(limits)) return untried('by its limits a call holds one item');
    const size = limits?.itemsPerCall ?? 1;
    const message = storefront.message();
    const others = unheardOf(storefront.tenant, size - 1).map((item) => storefront.message({ item }));
    const [first, ...rest] = await storefront.tellSeveral([message, ...others]);
    const told = first ? taken(first) : broken('there was no answer');
    if (told.status !== 'ok') return told;
    const odd = rest.find(({ kind }) => kind !== 'rejected');
    if (odd) return broken(`of a SKU that it does not have: ${odd.reason ?? odd.kind}`);
    const shown = shows(await storefront.page(), message);
    return shown.status === 'ok'
      ? kept(`${size} in a call: one set, ${size - 1} that it does not have`)
      : shown;
  },
};

export const bearsItsLimits: StorefrontPromise = {
  id: 'bears-its-limits',
  name: 'bears as many calls as its limits say',
  why: 'A shop that throttles or breaks under them is left alone again and again, and what is new waits meanwhile.',
  todo: LOWER,
  needs: [KEEPS_VERSION],
  async try(storefront) {
    const { pauses } = storefront;
    const atOnce = callsAtOnce(storefront.storefront.limits, AT_ONCE);
    for (let round = 1; ; round += 1) {
      // The same at once: reading, checking and writing is no single step, and no two versions of an item are told at once.
      const message = storefront.message();
      const answers = await Promise.all(Array.from({ length: atOnce }, () => storefront.tell(message)));
      const failed = answers.map(taken).find(({ status }) => status !== 'ok');
      if (failed) return failed;
      if (storefront.pauses > pauses)
        return broken(`${storefront.pauses - pauses} of its answers asked to be left alone`);
      const shown = shows(await storefront.page(), message);
      if (shown.status !== 'ok') return shown;
      if (round === ROUNDS) return kept(`${ROUNDS * atOnce} calls, ${atOnce} at a time`);
    }
  },
};

export const survivesImpatience: StorefrontPromise = {
  id: 'survives-impatience',
  name: 'can be given up on, and told again',
  why: 'An answer that is late or lost counts as none: what came of it is not known, and the same is told again.',
  todo: 'See what it does with a request whose sender has gone: it has to end, or to be taken back whole.',
  needs: [KEEPS_VERSION],
  async try(storefront) {
    // In the middle of it, as far as one can tell.
    const timeoutMs = Math.max(1, Math.floor(Math.min(...storefront.tookMs) / 2));
    const message = storefront.message();
    const first = await storefront.tell(message, { timeoutMs });
    const tookMs = storefront.tookMs.pop() ?? 0;
    if (first.kind === 'rejected') return taken(first);
    if (tookMs > timeoutMs + GRACE_MS)
      return broken(`it was to be given up on after ${timeoutMs} ms, and held us for ${tookMs} ms`);
    const again = taken(await storefront.tell(message));
    if (again.status !== 'ok') return again;
    const shown = shows(await storefront.page(), message);
    if (shown.status !== 'ok') return shown;
    return first.kind === 'accepted'
      ? kept(`it was done within ${timeoutMs} ms; told again, it says the same`)
      : kept(`given up on (${first.reason}); told again, it is right`);
  },
};

export const answersInTime: StorefrontPromise = {
  ...answersAny,
  todo: 'Set `limits.itemsPerCall` lower, or have it do less whenever stock is set: hooks, indexes, exports.',
};
