import { setTimeout as sleep } from 'node:timers/promises';
import type { Pages } from '../../storefront/pages.ts';
import { storableInteger } from '../../storefront/storable-integer.ts';
import type { PublishedItem } from './choose-items.ts';

/** A storefront's answer for an item. */
export interface Shown {
  item: PublishedItem;
  /** Null: it does not know the item. */
  version: number | null;
  quantity: number | null;
  old: boolean;
}

const AT_A_TIME = 4;
const GIVE_UP_AFTER = 4;
const ANSWER_WITHIN_MS = 2_000;
/** An old version is believed when it is still there after so long: an accepted cache bust may be just taking effect. */
const LOOK_AGAIN_AFTER_MS = 1_000;

/**
 * Asks one storefront for some items. Gives up after a few failures in a row, so that one that hangs costs little time.
 *
 * @param endsAt by `performance.now()`; nothing is asked after it
 * @returns what was learnt, and why not more, if so
 */
export async function askStorefront(
  pages: Pages,
  items: readonly PublishedItem[],
  endsAt: number,
): Promise<{ shown: Shown[]; failure?: string }> {
  const queue = [...items];
  const shown: Shown[] = [];
  let failure: string | undefined;
  let inARow = 0;
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item && inARow < GIVE_UP_AFTER; item = queue.shift()) {
      try {
        let answer = await ask(item);
        if (answer?.old && performance.now() + LOOK_AGAIN_AFTER_MS < endsAt) {
          await sleep(LOOK_AGAIN_AFTER_MS);
          answer = await ask(item);
        }
        if (answer) shown.push(answer);
        inARow = 0;
      } catch (error) {
        inARow += 1;
        failure ??= error instanceof Error ? error.message : String(error);
      }
    }
  };
  async function ask(item: PublishedItem): Promise<Shown | undefined> {
    const timeoutMs = Math.floor(Math.min(ANSWER_WITHIN_MS, endsAt - performance.now()));
    if (timeoutMs <= 0) return undefined;
    const answer = await pages.readBack(item.itemId, timeoutMs);
    const version = answer ? storableInteger(answer.version) : null;
    return {
      item,
      version,
      quantity: answer ? storableInteger(answer.quantity) : null,
      old: version === null || version < item.acceptedVersion,
    };
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return { shown, ...(failure !== undefined && { failure }) };
}
