import { AdminFault, SETTING_WAIT_MS } from './fault-table.ts';

/** How many things a page holds that are asked for by SKU; a tenth of what Vendure gives at most, which a shop may have set lower. */
export const PAGE = 100;
/** Of all that a shop has, which has to be read in seconds. */
export const LIST_PAGE = 500;
/** Of a hundred SKUs at most, which are one thing each where all is well. */
const MOST_PAGES = 25;

/** A page of what a question finds, and how much it finds in all. */
export interface FoundPage<Entry> {
  entries: Entry[];
  total: number;
}

/**
 * Reads all that a question finds: what is left out would count as not there.
 *
 * @param step what is being done, for the message of a failure
 * @param read behind so many entries, in an order that stays
 * @throws AdminFault where it cannot be read whole: what was found says nothing of the rest
 */
export async function readAllPages<Entry>(
  step: string,
  read: (skip: number) => Promise<FoundPage<Entry>>,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let totalBefore: number | undefined;
  for (let pages = 1; ; pages += 1) {
    const { entries, total } = await read(all.length);
    all.push(...entries);
    if (entries.length === 0 ? all.length !== total : total !== (totalBefore ?? total)) {
      throw later(`${step}: what the shop has of these SKUs changed while it was read`);
    }
    if (all.length >= total) return all;
    if (pages === MOST_PAGES) {
      const found = `${step}: the shop has ${total} things with these SKUs, too many to be read`;
      throw later(`${found}: give each a SKU of its own`, SETTING_WAIT_MS);
    }
    totalBefore = total;
  }
}

function later(message: string, retryAfterMs?: number): AdminFault {
  return new AdminFault(message, { means: 'later', httpStatus: 200, retryAfterMs });
}
