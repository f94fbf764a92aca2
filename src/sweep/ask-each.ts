import { setTimeout as sleep } from 'node:timers/promises';
import { StorefrontSilent } from '../storefront/get-answer.ts';
import type { Pages } from '../storefront/pages.ts';
import type { LedgerItem } from './ledger-page.ts';
import type { Pace } from './pace.ts';
import { shownOf, type Shown } from './shown.ts';

/** A storefront, and how it may be asked. */
export interface Asking {
  /** Its name. */
  storefront: string;
  pages: Pages;
  pace: Pace;
  /** Called now and then; throws when the work has to end. */
  beat(): void;
}

/** What a storefront answered for single items. Those that it was not asked for are in neither. */
export interface EachAnswers {
  shown: Map<string, Shown>;
  /** Why there was no answer, by item. */
  failed: Map<string, string>;
  /** Why it was not asked any further. */
  stopped?: StorefrontSilent;
}

const AT_A_TIME = 4;
const ANSWER_WITHIN_MS = 2_000;
/** After so many failures in a row it is left alone for a while. */
const GIVE_UP_AFTER = 20;
/** What fails while others are answered is asked again so often, after a pause. */
const AGAIN = 2;
const AGAIN_AFTER_MS = 1_000;
const LATER = new Set([429, 503]);

/**
 * Asks a storefront for single items, in their order, a few at a time and not faster than the pace. Stops when it asks
 * for patience, or fails again and again.
 *
 * @param endsAt by `performance.now()`: after it no item is begun but the first
 */
export async function askEach(
  asking: Asking,
  items: readonly Pick<LedgerItem, 'itemId' | 'accepted'>[],
  endsAt = Infinity,
): Promise<EachAnswers> {
  const answers: EachAnswers = { shown: new Map(), failed: new Map() };
  let queue = [...items];
  for (let round = 0; ; round += 1) {
    await askAll(asking, queue, answers, round === 0 ? endsAt : Infinity);
    queue = items.filter(({ itemId }) => answers.failed.has(itemId));
    if (round === AGAIN || queue.length === 0 || answers.stopped || answers.shown.size === 0) return answers;
    await sleep(AGAIN_AFTER_MS);
  }
}

async function askAll(
  { pages, pace, beat }: Asking,
  items: readonly Pick<LedgerItem, 'itemId' | 'accepted'>[],
  answers: EachAnswers,
  endsAt: number,
): Promise<void> {
  const queue = [...items];
  let inARow = 0;
  const lane = async (): Promise<void> => {
    while (queue.length > 0) {
      await pace();
      const late = performance.now() >= endsAt && queue.length < items.length;
      if (answers.stopped || late) return;
      const item = queue.shift();
      if (!item) return;
      beat();
      try {
        const { itemId } = item;
        const answer = await pages.readBack(itemId, ANSWER_WITHIN_MS);
        answers.shown.set(itemId, shownOf(item, answer));
        answers.failed.delete(itemId);
        inARow = 0;
      } catch (error) {
        if (!(error instanceof StorefrontSilent)) throw error;
        inARow += 1;
        if (error.httpStatus !== undefined && LATER.has(error.httpStatus)) answers.stopped ??= error;
        else answers.failed.set(item.itemId, error.message);
        if (inARow >= GIVE_UP_AFTER) answers.stopped ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, items.length) }, lane));
}
