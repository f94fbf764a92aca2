import { readBacklog } from '../../src/ledger/backlog.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { summarizeTenants } from '../../src/ledger/summarize-tenants.ts';
import { readOutcomes } from '../../src/ledger/outcomes.ts';
import { EVENT_OUTCOMES, type EventOutcome } from '../../src/domain/event-outcome.ts';
import { readHeldEvents } from '../../src/gate/held-events.ts';
import { readReviews } from '../../src/gate/reviews.ts';
import { countWindow, readWindowPage, type ReplayWindow } from '../../src/replay/replay-window.ts';
import { traceEvent } from '../../src/trace/find-trace.ts';
import type { TestDatabase } from '../support/database.ts';
import { WEB_UI } from '../trace/story.ts';

/** The words by event id, sorted by it. */
export type Words = Record<string, EventOutcome>;

const EVER = 9_000_000_000_000_000n;

/** What every place that says what an event is says of a tenant's events. */
export async function wordsEverywhere(db: TestDatabase, tenant: string): Promise<Record<string, Words>> {
  const { database } = db;
  const page = { before: undefined, limit: 1_000 };
  const listed = await listEvents(database, { tenant }, page);
  const nameOf = new Map(listed.map(({ seq, eventId }) => [seq, eventId]));
  const [filtered, replayed]: [Words, Words] = [{}, {}];
  for (const outcome of EVENT_OUTCOMES) {
    for (const { eventId } of await listEvents(database, { tenant, outcome }, page)) {
      filtered[eventId] = eventId in filtered ? ('twice' as EventOutcome) : outcome;
    }
    const window: ReplayWindow = { tenant, outcome, by: 'received_at', since: 0n, until: EVER, asOf: EVER };
    const { events } = await readWindowPage(database, window);
    for (const { eventId } of events) replayed[eventId] = outcome;
    if ((await countWindow(database, window)) !== events.length) replayed[`count of ${outcome}`] = outcome;
  }
  const traced: Words = {};
  for (const { supplier, eventId } of listed) {
    const found = await traceEvent(database, { tenant, supplier, eventId }, WEB_UI);
    const event = found?.trace.events.find((one) => one.supplier === supplier && one.eventId === eventId);
    if (event) traced[eventId] = event.outcome;
  }
  await db.sql(
    `INSERT INTO trace_review (tenant_id, supplier_id, watch_number, event_seq, seed)
     SELECT tenant_id, '', 1, seq, seq::text FROM supplier_event WHERE tenant_id = $1 ON CONFLICT DO NOTHING`,
    [tenant],
  );
  const reviews = await database.$transaction((transaction) =>
    readReviews(transaction, tenant, [{ supplier: '', number: 1 }]),
  );
  const inCatalog = new Set(reviews.map(({ seq }) => nameOf.get(seq)));
  const words = sorted(Object.fromEntries(listed.map(({ eventId, outcome }) => [eventId, outcome])));
  return {
    list: words,
    '?outcome=': sorted(filtered),
    trace: sorted(traced),
    'replay filter': sorted(replayed),
    // A review is of an item in the catalog.
    'gate review': sorted({
      ...Object.fromEntries(Object.entries(words).filter(([eventId]) => !inCatalog.has(eventId))),
      ...Object.fromEntries(reviews.map(({ eventId, outcome }) => [eventId, outcome])),
    }),
  };
}

/** How many there are of each word, by every place that counts; `expected` by the words of the list. */
export async function countsEverywhere(
  { database }: TestDatabase,
  tenant: string,
  words: Words,
): Promise<{ expected: unknown; found: unknown }> {
  const count = (outcome: EventOutcome) => Object.values(words).filter((word) => word === outcome).length;
  const [summary] = await summarizeTenants(database, { only: tenant, after: '', limit: 1 });
  const { events } = await readOutcomes(database, tenant);
  const held = await database.$transaction((transaction) => readHeldEvents(transaction, tenant));
  const outcomes = EVENT_OUTCOMES.map((outcome) => [
    outcome,
    events.filter((row) => row.outcome === outcome).reduce((sum, row) => sum + row.count, 0),
  ]);
  const backlog = (await readBacklog(database)).find((row) => row.tenant === tenant);
  return {
    expected: {
      anyPending: count('pending') > 0,
      pendingEvents: count('pending'),
      heldEvents: count('held'),
      heldAtTheGate: count('held'),
      outcomes: EVENT_OUTCOMES.map((outcome) => [outcome, count(outcome)]),
    },
    found: {
      // The metric of the oldest one: 0 without any.
      anyPending: (backlog?.oldestPendingSeconds ?? 0) > 0,
      pendingEvents: summary?.pendingEvents,
      heldEvents: summary?.heldEvents,
      heldAtTheGate: [...held.values()].reduce((sum, one) => sum + one, 0),
      outcomes,
    },
  };
}

function sorted(words: Words): Words {
  return Object.fromEntries(Object.entries(words).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
