import type { Micros } from '../domain/time.ts';
import { valueText } from '../domain/verdict.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { tracedEvents } from '../ledger/traced-events.ts';
import type { Reader, Reading, Signal } from './signal.ts';
import { GAPS, type Gap } from './gaps.ts';
import { aheadReason, partOf } from './words.ts';

const DAY = 86_400_000_000n;
/** A row may be dated so far ahead of the clock, in µs: the clock is read before the rows are. */
const SKEW = 1_000_000n;

/**
 * How many of the events of the last 24 hours, acknowledged over 90 s ago and not held, support could explain: with a
 * trace in which nothing is missing and nothing contradicts the ledger.
 */
export const traceCoverage: Signal = {
  name: 'trace_coverage',
  title: 'Trace coverage',
  owner: 'Support Eng',
  bound: { exactly: 1 },
  unit: 'fraction',
  atLeast: 1,
  onMiss: 'stop',
  noData: 'No event of the last 24 hours was acknowledged over 90 s ago and not held.',
  whatToDo: ({ tenant }) =>
    `Look the event up with \`catalog-sync trace EVENT --tenant ${tenant}\`. What is undecided or was altered in the ` +
    `catalog is healed by \`catalog-sync replay --tenant ${tenant} --since TIME\`; an altered event is taken out with ` +
    '`catalog-sync void` or outdone with `catalog-sync correct`, and engineering has to know. Then watch again.',
  read: (database, options) => readTraceCoverage(database, options),
};

/**
 * So many events are checked in one statement: in 1 s, or in some 6 s while a stock rule is changed, for then each item is
 * weighed by both. One that took 15 s would be cancelled.
 */
const AT_ONCE = 20_000;

/**
 * Every event is checked at every sample: whichever is altered, the next sample shows it. Many are checked in several
 * statements, one span of time after the other.
 */
export async function readTraceCoverage(
  database: Reader,
  options: { tenants: readonly string[]; nowUs: Micros },
  atOnce = AT_ONCE,
): Promise<Reading[]> {
  const rows = new Map<string, Row>();
  let after = options.nowUs - DAY;
  for (const until of [...(await readBounds(database, options, atOnce)), null]) {
    for (const row of await query(database, { ...options, after, until })) {
      const key = `${row.tenant_id}/${row.supplier_id ?? ''}`;
      rows.set(key, added(rows.get(key), row));
    }
    after = until ?? after;
  }
  return [...rows.values()].map(readingOf);
}

/** @returns moments between which there are about so many events, the earliest first */
async function readBounds(
  database: Reader,
  { tenants, nowUs }: { tenants: readonly string[]; nowUs: Micros },
  atOnce: number,
): Promise<Micros[]> {
  const rows = await database.$queryRaw<{ at: bigint }[]>`
    SELECT DISTINCT x.received_at_us AS at
      FROM (SELECT received_at_us, row_number() OVER (ORDER BY received_at_us) AS nth FROM supplier_event
             WHERE tenant_id = ANY (${[...tenants]}::text[]) AND received_at_us > ${nowUs - DAY}) x
     WHERE x.nth % ${atOnce} = 0
     ORDER BY at`;
  return rows.map(({ at }) => at);
}

/** @param later of a later span of time: its example is the latest */
function added(sum: Row | undefined, later: Row): Row {
  if (!sum) return later;
  return {
    ...later,
    events: sum.events + later.events,
    gaps: sum.gaps + later.gaps,
    example: later.example ?? sum.example,
    ahead: sum.ahead + later.ahead,
    ahead_us: later.ahead_us ?? sum.ahead_us,
  };
}

/**
 * What an event's trace lacks, in words that go on with the event's name; null for a complete one.
 *
 * @throws Error when there is no such event
 */
export async function incompleteTrace(database: Reader, event: { seq: bigint }): Promise<string | null> {
  const rows = await database.$queryRaw<{ gap: Gap | null }[]>(
    tracedEvents(Prisma.sql`FROM supplier_event x WHERE x.seq = ${event.seq}`),
  );
  const row = rows[0];
  if (!row) throw new Error(`event ${event.seq} is not in the ledger`);
  return row.gap === null ? null : GAPS[row.gap];
}

interface Span {
  tenants: readonly string[];
  nowUs: Micros;
  /** Of events received after this moment, until that one; null: the last span, without an end. */
  after: Micros;
  until: Micros | null;
}

interface Row {
  tenant_id: string;
  supplier_id: string | null;
  events: bigint;
  gaps: bigint;
  example: { supplier: string; event: string; gap: Gap } | null;
  ahead: bigint;
  ahead_us: bigint | null;
}

function readingOf(row: Row): Reading {
  const [events, gaps, ahead] = [Number(row.events), Number(row.gaps), Number(row.ahead)];
  const value = events === 0 ? null : (events - gaps) / events;
  const words = [
    `${partOf(events - gaps, events, 'event')} in the last 24 hours ` +
      `${events - gaps === 1 ? 'has' : 'have'} a complete trace (${valueText(value, 'fraction')}).`,
  ];
  if (row.example) {
    const { supplier, event, gap } = row.example;
    words.push(`The latest without one, ${supplier}/${event}, ${GAPS[gap]} (untraceable_event).`);
  }
  if (ahead > 0) words.push(aheadReason(ahead, Number(row.ahead_us ?? 0n) / 1e6));
  return {
    tenant: row.tenant_id,
    supplier: row.supplier_id,
    value: ahead > 0 && gaps === 0 ? null : value,
    of: events,
    reason: words.join(' '),
  };
}

/** Undecided events count however old they are. */
function query(database: Reader, { tenants, nowUs, after, until }: Span): Promise<Row[]> {
  // What is in no span is read with the last one.
  const isLast = until === null;
  const due = Prisma.sql`trace_is_due(x, f.flows, f.opened_us, ${nowUs})`;
  const traced = tracedEvents(
    Prisma.sql`
      FROM supplier_event x JOIN flow f ON f.tenant_id = x.tenant_id AND f.supplier_id = x.supplier_id
     WHERE x.tenant_id = ANY (${[...tenants]}::text[]) AND x.received_at_us > ${after}
       AND (${isLast} OR x.received_at_us <= ${until ?? after}) AND ${due}`,
    Prisma.sql`
      FROM flow f JOIN supplier_event x ON x.tenant_id = f.tenant_id AND x.supplier_id = f.supplier_id
     WHERE ${isLast} AND x.decision IS NULL AND x.received_at_us <= ${nowUs - DAY} AND ${due}`,
  );
  return database.$queryRaw<Row[]>`
    WITH flow AS MATERIALIZED (
      SELECT * FROM supplier_flow(${[...tenants]}::text[])
    ), traced AS (
      ${traced}
    ), future AS (
      SELECT x.tenant_id, x.supplier_id, x.received_at_us
        FROM supplier_event x
       WHERE x.tenant_id = ANY (${[...tenants]}::text[]) AND x.received_at_us > ${nowUs + SKEW} AND ${isLast}
    ), findings AS (
      SELECT tenant_id, supplier_id, event_id, seq, gap, NULL::bigint AS ahead FROM traced
      UNION ALL
      SELECT tenant_id, supplier_id, NULL, NULL, NULL, received_at_us FROM future
    )
    SELECT tenant_id, supplier_id,
           count(seq) AS events, count(gap) AS gaps,
           (array_agg(jsonb_build_object('supplier', supplier_id, 'event', event_id, 'gap', gap) ORDER BY seq DESC)
             FILTER (WHERE gap IS NOT NULL))[1] AS example,
           count(ahead) AS ahead, max(ahead) - ${nowUs} AS ahead_us
      FROM findings
     GROUP BY GROUPING SETS ((tenant_id), (tenant_id, supplier_id))`;
}
