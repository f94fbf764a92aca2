import { inWords, taken } from '../judge-answer.ts';
import { broken, kept, type StorefrontPromise } from '../promise.ts';

/** The last check may have been seconds ago, and a clock before it fast: steps of 16, 32, 64 … versions, up to hours. */
const FIRST_STEP = 16;
const STEPS = 12;

export const takesMessages: StorefrontPromise = {
  id: 'takes-messages',
  name: 'takes a signed message',
  why: 'Nothing is published that it does not take. Without the answer nobody knows, and it is sent again for a day.',
  todo: 'Take POST /cache-busts, check its signature with the secret that was printed for it, and answer {"accepted": true}.',
  async try(storefront) {
    for (let steps = 0; ; steps += 1) {
      const answer = await storefront.tell(storefront.message());
      if (answer.kind !== 'accepted') return taken(answer);
      if (answer.reason !== 'superseded') return kept(inWords(answer));
      if (steps === STEPS)
        return broken(
          'it answers "superseded" to every version',
          'Answer "superseded" only to a version that is lower than the highest one seen of this very item.',
        );
      storefront.version += FIRST_STEP * 2 ** steps;
    }
  },
};
