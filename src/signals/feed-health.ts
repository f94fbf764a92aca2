import { faultsOf, type FeedFault } from '../domain/feed-health.ts';
import { sentence } from '../domain/sentence.ts';
import { spanInWords } from '../domain/span.ts';
import { formatTime, seconds, type Micros } from '../domain/time.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import { readFeedFacts, type KnownFeed } from '../feed/health/read-feed-facts.ts';
import type { Reader, Reading, Signal } from './signal.ts';
import { aheadReason, count } from './words.ts';

/** A row may be dated so far ahead of the clock, in µs: the clock is read before the rows are. */
const SKEW = seconds(1);

/**
 * How many feeds of the suppliers that are open have nothing wrong: no run that is held, none that failed last, and a
 * supplier that was heard from in time. Who has no feeds has nothing to be listened for, which is no lack of data: it
 * passes.
 */
export const feedHealth: Signal = {
  name: 'feed_health',
  title: 'Feed health',
  owner: 'Platform',
  bound: { exactly: 1 },
  unit: 'fraction',
  atLeast: 0,
  onMiss: 'stop',
  noData: 'No feed is listened to.',
  whatToDo: ({ tenant }) =>
    `\`catalog-sync feed runs --tenant ${tenant}\` says what became of each file. Approve or refuse what is held ` +
    '(`catalog-sync feed approve RUN`); mend what could not be fetched or read, and run it again (`catalog-sync feed run ' +
    'FEED`); ask a supplier that is silent. Of a feed that is paused (`catalog-sync feed pause FEED`) no file is expected. ' +
    'Then watch again.',
  read: readFeedHealth,
};

async function readFeedHealth(
  database: Reader,
  { tenants, nowUs }: { tenants: readonly string[]; nowUs: Micros },
): Promise<Reading[]> {
  const suppliers = await readSuppliers(database, tenants);
  const feeds = await readFeedFacts(database, tenants);
  const readings: Reading[] = [];
  for (const tenant of new Set(suppliers.map((one) => one.tenant))) {
    const own = suppliers.filter((one) => one.tenant === tenant);
    const open = new Set(own.filter(({ flows }) => flows).map(({ supplier }) => supplier));
    const flowing = feeds.filter((feed) => feed.tenant === tenant && open.has(feed.supplier));
    readings.push(readingOf({ tenant, supplier: null }, flowing, nowUs));
    for (const { supplier } of own) {
      const of = feeds.filter((feed) => feed.tenant === tenant && feed.supplier === supplier);
      readings.push(readingOf({ tenant, supplier }, of, nowUs));
    }
  }
  return readings;
}

/** Of tenants that are not closed: of the others nothing is said. */
function readSuppliers(
  database: Reader,
  tenants: readonly string[],
): Promise<{ tenant: string; supplier: string; flows: boolean }[]> {
  return database.$queryRaw`
    SELECT f.tenant_id AS tenant, f.supplier_id AS supplier, f.flows
      FROM supplier_flow(${[...tenants]}::text[]) f JOIN tenant t ON t.id = f.tenant_id
     WHERE t.state <> 'closed' AND f.supplier_id <> ${MANUAL_SUPPLIER}
     ORDER BY 1, 2`;
}

function readingOf(
  named: { tenant: string; supplier: string | null },
  feeds: readonly KnownFeed[],
  nowUs: Micros,
): Reading {
  const judged = feeds.map((feed) => ({ feed, faults: faultsOf(feed, nowUs) }));
  const faulty = judged.filter(({ faults }) => faults.length > 0);
  const ahead = feeds.filter(({ expected, heardAt }) => expected !== null && (heardAt ?? 0n) > nowUs + SKEW);
  const words = [inGeneral(feeds.length, faulty.length)];
  for (const { feed, faults } of faulty.slice(0, MOST_NAMED))
    words.push(...faults.map((fault) => faultInWords(feed, fault, nowUs)));
  if (faulty.length > MOST_NAMED) words.push(`${faulty.length - MOST_NAMED} more are not named here.`);
  if (ahead.length > 0) {
    const furthest = ahead.reduce(
      (most, { heardAt }) => (heardAt !== null && heardAt > most ? heardAt : most),
      0n,
    );
    words.push(aheadReason(ahead.length, Number(furthest - nowUs) / 1e6));
  }
  const value = feeds.length === 0 ? 1 : (feeds.length - faulty.length) / feeds.length;
  return {
    ...named,
    value: ahead.length > 0 && faulty.length === 0 ? null : value,
    of: feeds.length,
    reason: words.join(' '),
  };
}

const MOST_NAMED = 5;

function inGeneral(feeds: number, faulty: number): string {
  if (feeds === 0) return 'There is no feed, so no file is waited for.';
  if (faulty === 0)
    return `Of ${count(feeds, 'feed')} none is held, failed, or without word of its supplier.`;
  return `${count(faulty, 'feed')} of ${feeds.toLocaleString('en-US')} ${faulty === 1 ? 'is' : 'are'} not well.`;
}

function faultInWords(feed: KnownFeed, { mode, since, run }: FeedFault, nowUs: Micros): string {
  const { feed: name, supplier, heardAt, listensSince, expected } = feed;
  switch (mode) {
    case 'feed_held':
      return `${name}: the run ${run?.runId} is held since ${formatTime(since)} (${mode}): ${sentence(run?.reason ?? '')}`;
    case 'feed_unreadable':
      return `${name}: the run ${run?.runId} of ${formatTime(since)} failed (${mode}): ${sentence(run?.reason ?? '')}`;
    case 'supplier_silent': {
      const limit = expected ?? 0n;
      const silence = spanInWords(nowUs - (since - limit));
      const heard =
        heardAt !== null && heardAt > listensSince
          ? `${supplier} was last heard from ${silence} ago`
          : `nothing was heard of ${supplier} for ${silence}, since the feed is listened to`;
      return `${name}: ${heard}, and it is expected within ${spanInWords(limit)} (${mode}).`;
    }
  }
}
