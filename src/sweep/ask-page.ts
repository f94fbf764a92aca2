import type { Database } from '../database/client.ts';
import type { Sweep } from '../generated/prisma/client.ts';
import { StorefrontSilent } from '../storefront/get-answer.ts';
import { LIST_LIMIT, NO_LIST } from '../storefront/read-list.ts';
import { askEach, type Asking, type EachAnswers } from './ask-each.ts';
import { believe } from './believe.ts';
import { readLedgerPage, type LedgerItem } from './ledger-page.ts';
import { joinPages } from './list-page.ts';
import { writePage } from './write-page.ts';

/** What came of a page: there is more, there is no more, or somebody else has ended or done it. */
export type PageEnd = 'more' | 'end' | 'not mine';

const EACH_LIMIT = 200;
/** For so long items of a page are begun; what is left is another page's. */
const PAGE_FOR_MS = 5_000;
const LIST_WITHIN_MS = 10_000;
/** A list that names so many more items than the catalog has does not come to an end. */
const MOST_FOREIGN = 10_000;
/** From this attempt on, a few items without an answer do not hold up a sweep that had answers for others. */
const PATIENT_ATTEMPTS = 6;
const FEW = 20;

/** A stretch of the tenant's items with what the storefront said of them. */
interface Asked {
  items: LedgerItem[];
  answers: EachAnswers;
  foreign: number;
  end: string;
  isLast: boolean;
}

/**
 * Asks the storefront for the next items of a sweep and writes down what it said, as far as it answered. By its list
 * where it has one that can be gone by; item by item otherwise.
 *
 * @param attempt how often this place was tried
 * @returns also for how long the storefront wants to be left alone, if so
 * @throws StorefrontSilent when nothing came of it
 */
export async function askPage(
  database: Database,
  asking: Asking,
  sweep: Sweep,
  attempt: number,
): Promise<{ end: PageEnd; pauseMs?: number }> {
  const from = sweep.afterItemId;
  const asked =
    (sweep.way === 'each' ? undefined : await byList(database, asking, sweep)) ??
    (await byEach(database, asking, sweep));
  const { items, answers } = asked;
  const suspects = await believe(database, asking, answers);
  const silent = answers.stopped ?? failureOf(answers, sweep.itemsAsked > 0 && attempt >= PATIENT_ATTEMPTS);
  const cut = items.findIndex(
    ({ asked: wanted, itemId }) =>
      wanted && !answers.shown.has(itemId) && (silent !== undefined || !answers.failed.has(itemId)),
  );
  if (cut === 0 && silent) throw silent;
  const passed = cut === -1 ? items : items.slice(0, cut);
  const known = passed.filter((item) => item.known);
  const shown = passed.flatMap(({ itemId }) => answers.shown.get(itemId) ?? []);
  const written = await writePage(database, sweep.id, {
    ...{ storefront: asking.storefront, from },
    to: cut === -1 ? asked.end : (passed.at(-1)?.itemId ?? from),
    done: known.length,
    asked: known.filter(({ itemId }) => answers.shown.has(itemId)).length,
    unanswered: known.filter(({ itemId }) => answers.failed.has(itemId)).length,
    foreign: cut === -1 ? asked.foreign : passed.length - known.length,
    shown,
    suspects,
  });
  const end = !written ? 'not mine' : cut === -1 && asked.isLast ? 'end' : 'more';
  return { end, ...(silent?.retryAfterMs !== undefined && { pauseMs: silent.retryAfterMs }) };
}

/** @returns undefined when the storefront has no list to go by; that is written down */
async function byList(
  database: Database,
  { pages, storefront }: Asking,
  sweep: Sweep,
): Promise<Asked | undefined> {
  const page = { tenant: sweep.tenantId, after: sweep.afterItemId };
  const items = await readLedgerPage(database, { ...page, storefront, limit: LIST_LIMIT });
  const list =
    sweep.itemsForeign > MOST_FOREIGN + (sweep.itemsTotal ?? 0)
      ? ({ kind: 'unusable', why: 'its list does not come to an end' } as const)
      : ((await pages.readList?.({ ...page, timeoutMs: LIST_WITHIN_MS })) ?? NO_LIST);
  const way = list.kind === 'page' ? 'list' : 'each';
  const wayReason = list.kind === 'page' ? null : list.why;
  if (sweep.way !== way) {
    await database.sweep.updateMany({
      where: { id: sweep.id, state: 'running', storefront },
      data: { way, wayReason },
    });
  }
  if (list.kind !== 'page') return undefined;
  const joined = joinPages(sweep.tenantId, { items, isLast: items.length < LIST_LIMIT }, list);
  return { ...joined, answers: { shown: joined.shown, failed: new Map() } };
}

async function byEach(database: Database, asking: Asking, sweep: Sweep): Promise<Asked> {
  const { tenantId: tenant, afterItemId: after } = sweep;
  const items = await readLedgerPage(database, {
    ...{ tenant, after, storefront: asking.storefront, limit: EACH_LIMIT },
  });
  const wanted = items.filter(({ asked }) => asked);
  const answers = await askEach(asking, wanted, performance.now() + PAGE_FOR_MS);
  const end = items.at(-1)?.itemId ?? after;
  return { items, answers, foreign: 0, end, isLast: items.length < EACH_LIMIT };
}

/** A page of which nothing was answered says that the storefront is away, and not only some of its pages. */
function failureOf({ shown, failed }: EachAnswers, mayBeFew: boolean): StorefrontSilent | undefined {
  const [reason] = failed.values();
  if (reason === undefined || shown.size > 0 || (mayBeFew && failed.size < FEW)) return undefined;
  return new StorefrontSilent(reason);
}
