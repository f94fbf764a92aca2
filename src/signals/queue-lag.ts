import { secondsInWords } from '../domain/span.ts';
import type { Micros } from '../domain/time.ts';
import { valueText, meets } from '../domain/verdict.ts';
import type { Reader, Reading, Signal } from './signal.ts';
import { aheadReason, count, replayCommand } from './words.ts';

const BOUND = { below: 90 };
const WINDOW = 900_000_000n;
/** A row may be dated so far ahead of the clock, in µs: the clock is read before the rows are. */
const SKEW = 1_000_000n;

/**
 * How long events take from being received to being decided and, where they made a version, published. An event that
 * is on its way counts with its age, and the oldest such one alone can miss: so a dead worker is not quick.
 */
export const queueLag: Signal = {
  name: 'queue_lag',
  title: 'Queue lag',
  owner: 'Infra',
  bound: BOUND,
  unit: 'seconds',
  atLeast: 1,
  onMiss: 'stop',
  noData: 'No event was received in the last 15 minutes while the flags were open, and none waits.',
  whatToDo: (reading) =>
    'See whether workers run and have room, then PostgreSQL, then the storefront: `catalog-sync doctor --storefront`. ' +
    `Nothing is lost. What is undecided for good is healed by a replay, ${replayCommand(reading)}; then watch again.`,
  read: async (database, options) => (await query(database, options)).map(readingOf),
};

interface Row {
  tenant_id: string;
  supplier_id: string | null;
  events: bigint;
  p95_us: bigint | null;
  waiting: bigint;
  undecided: bigint;
  oldest_us: bigint | null;
  oldest: { supplier: string; event: string; stage: string } | null;
  ahead: bigint;
  ahead_us: bigint | null;
}

function readingOf(row: Row): Reading {
  const [events, waiting, undecided, ahead] = [row.events, row.waiting, row.undecided, row.ahead].map(
    Number,
  ) as [number, number, number, number];
  const p95 = row.p95_us === null ? null : Number(row.p95_us) / 1e6;
  const oldest = row.oldest_us === null ? 0 : Number(row.oldest_us) / 1e6;
  const value = p95 === null ? null : Math.max(p95, oldest);
  const words: string[] = [];
  if (p95 !== null) {
    words.push(
      `95 of 100 of ${count(events, 'event')} took at most ${valueText(p95, 'seconds')} from received to decided and published.`,
    );
  }
  if (waiting > 0) {
    words.push(
      `${count(waiting, 'event')} ${waiting === 1 ? 'waits' : 'wait'}, ${undecided.toLocaleString('en-US')} of them undecided.`,
    );
  }
  if (row.oldest) {
    words.push(
      `The oldest, ${row.oldest.supplier}/${row.oldest.event}, ` +
        `${row.oldest.stage === 'undecided' ? 'is undecided' : 'is decided but not published'} after ${secondsInWords(oldest)}.`,
    );
  }
  if (ahead > 0) words.push(aheadReason(ahead, Number(row.ahead_us ?? 0n) / 1e6));
  return {
    tenant: row.tenant_id,
    supplier: row.supplier_id,
    value: ahead > 0 && (value === null || meets(value, BOUND)) ? null : value,
    of: events,
    reason: words.join(' '),
  };
}

/**
 * Three kinds of events: those received in the window; older ones that are undecided; and older ones with a version
 * that still has to be published, which counts from when a void made it, if one did. What a replay decides or
 * publishes says nothing of how the sync does now, and is left out. So is what was decided before the flags were last
 * opened; what was held then counts from the opening, and what waited for an alias from when it had one. A version is
 * published when each open storefront has answered, from when that one was to be told on; its answer for a newer version
 * ends the wait as well: so an item that changes faster than it is published is as late as it is. What a storefront that
 * was added, moved or opened again had not been told by then, though others had, is its backlog and no event's lag: it is
 * told for hours where there is much, behind what comes live. The end of a figure is no supplier's event: a
 * thousand figures may end at once, and what waits behind them is seen by itself. A file's events wait behind live ones
 * on purpose, for hours where there are many: of them counts that they go on, one after the other, and are published.
 */
function query(
  database: Reader,
  { tenants, nowUs }: { tenants: readonly string[]; nowUs: Micros },
): Promise<Row[]> {
  return database.$queryRaw<Row[]>`
    WITH flow AS MATERIALIZED (
      SELECT tenant_id, supplier_id, opened_us FROM supplier_flow(${[...tenants]}::text[]) WHERE flows
    ), told_to AS MATERIALIZED (
      SELECT * FROM open_storefronts(${[...tenants]}::text[])
    ), received AS (
      SELECT e.seq, e.tenant_id, e.supplier_id, e.event_id, e.received_at_us, e.decided_at_us, e.decision, e.item_id,
             e.version, f.opened_us
        FROM supplier_event e JOIN flow f ON f.tenant_id = e.tenant_id AND f.supplier_id = e.supplier_id
       WHERE e.tenant_id = ANY (${[...tenants]}::text[]) AND e.received_at_us > ${nowUs - WINDOW}
         AND e.kind <> 'expiry' AND NOT EXISTS (SELECT 1 FROM feed_event x WHERE x.seq = e.seq)
         AND NOT is_unknown(e)
      UNION ALL
      SELECT e.seq, e.tenant_id, e.supplier_id, e.event_id, e.received_at_us, NULL, NULL, NULL, NULL, f.opened_us
        FROM flow f JOIN supplier_event e ON e.tenant_id = f.tenant_id AND e.supplier_id = f.supplier_id
       WHERE e.decision IS NULL AND e.received_at_us <= ${nowUs - WINDOW} AND e.kind <> 'expiry'
         AND NOT is_unknown(e) AND NOT EXISTS (SELECT 1 FROM feed_event x WHERE x.seq = e.seq)
    ), files AS (
      -- Since one of the events before it was decided: these are behind it in no queue.
      SELECT w.tenant_id, w.supplier_id, w.event_id,
             greatest(w.received_at_us, f.opened_us, before.decided_us,
                      CASE WHEN w.item_id IS NULL THEN w.held_at_us END) AS since, f.opened_us,
             NULL::bigint AS ended, 'undecided' AS stage
        FROM unnest(${[...tenants]}::text[]) t (id)
       CROSS JOIN LATERAL (
         SELECT e.* FROM supplier_event e WHERE e.tenant_id = t.id AND e.start_due_us >= behind_live_us()
          ORDER BY e.start_due_us LIMIT 1) w
        -- What is decided is a storefront's backlog, and what is behind it waits for that.
        JOIN flow f ON f.tenant_id = w.tenant_id AND f.supplier_id = w.supplier_id AND w.decision IS NULL
       CROSS JOIN LATERAL (
         SELECT max(e.decided_at_us) AS decided_us
           FROM (SELECT x.seq FROM feed_event x WHERE x.seq < w.seq ORDER BY x.seq DESC LIMIT 50) x
           JOIN supplier_event e USING (seq) WHERE e.tenant_id = w.tenant_id) before
    ), ends AS (
      SELECT r.tenant_id, r.supplier_id, r.event_id, coalesce(told.since, w.since) AS since,
             r.opened_us, CASE WHEN v.version IS NULL THEN r.decided_at_us ELSE told.ended END AS ended,
             CASE WHEN r.decision IS NULL THEN 'undecided' ELSE 'unpublished' END AS stage
        FROM received r
        LEFT JOIN event_code c ON c.seq = r.seq
       CROSS JOIN LATERAL (SELECT greatest(r.received_at_us, r.opened_us, c.waited_until_us) AS since) w
        LEFT JOIN catalog_item_version v
          ON r.decision = 'won' AND v.item_id = r.item_id AND v.version = r.version AND v.event_seq = r.seq
        -- The storefront that took longest, or is still to be told. Whoever is behind one that said no is told nothing.
        LEFT JOIN LATERAL (
          SELECT s.since, s.ended, s.replay_id
            FROM (SELECT t.finished_at_us AS ended, t.replay_id,
                         bool_or(t.status = 'rejected') OVER (ORDER BY o.place GROUPS BETWEEN UNBOUNDED PRECEDING
                                                                                    AND 1 PRECEDING) AS is_behind_no,
                         greatest(w.since, CASE WHEN t.id <= o.nos_from THEN o.counts_from_us ELSE o.nos_from_us END) AS since
                    FROM told_to o
                    LEFT JOIN LATERAL (
                      SELECT a.id, a.finished_at_us, a.replay_id, a.status FROM publish_attempt a
                       WHERE a.item_id = v.item_id AND a.version >= v.version AND a.status IN ('accepted', 'rejected')
                         AND a.storefront = o.name
                         AND a.id > CASE a.status WHEN 'accepted' THEN o.counts_from ELSE o.nos_from END
                       ORDER BY a.version, a.id LIMIT 1) t ON true
                   WHERE o.tenant_id = r.tenant_id
                     AND (t.id <= o.nos_from OR w.since >= o.nos_from_us OR NOT EXISTS (
                           SELECT 1 FROM publish_attempt a
                            WHERE a.item_id = v.item_id AND a.version >= v.version AND a.status = 'accepted'
                              AND a.finished_at_us <= o.nos_from_us))) s
           WHERE s.ended IS NOT NULL OR s.is_behind_no IS NOT TRUE
           ORDER BY s.ended IS NULL DESC, coalesce(s.ended, ${nowUs}) - s.since DESC LIMIT 1) told ON v.version IS NOT NULL
        -- The current version's maker: while its flag is closed, there is nothing that may be published.
        LEFT JOIN LATERAL (
          SELECT m.supplier_id FROM catalog_item_version c JOIN supplier_event m ON m.seq = c.event_seq
           WHERE told.ended IS NULL AND c.item_id = v.item_id ORDER BY c.version DESC LIMIT 1) maker ON true
       WHERE v.replay_id IS NULL AND told.replay_id IS NULL
         AND (v.version IS NULL OR told.since IS NOT NULL)
         AND (maker.supplier_id IS NULL OR EXISTS (
               SELECT 1 FROM flow o WHERE o.tenant_id = r.tenant_id AND o.supplier_id = maker.supplier_id))
    ), due AS (
      SELECT e.* FROM supplier_event e
       WHERE e.tenant_id = ANY (${[...tenants]}::text[]) AND e.start_due_us IS NOT NULL AND e.decision IS NOT NULL
      UNION ALL
      SELECT e.* FROM flow f JOIN supplier_event e ON e.tenant_id = f.tenant_id AND e.supplier_id = f.supplier_id
       WHERE e.held_at_us IS NOT NULL AND e.start_due_us IS NULL AND e.item_id IS NOT NULL AND e.decision IS NOT NULL
    ), late AS (
      SELECT e.tenant_id, e.supplier_id, e.event_id,
             greatest(CASE WHEN v.created_at_us = e.decided_at_us AND fed.seq IS NULL THEN e.received_at_us
                           ELSE v.created_at_us END,
                      f.opened_us, c.waited_until_us,
                      CASE WHEN v.publication = 'due' AND v.publication_at_us > v.created_at_us
                           THEN v.publication_at_us END) AS since,
             f.opened_us, NULL::bigint AS ended, 'unpublished' AS stage
        FROM due e
        JOIN flow f ON f.tenant_id = e.tenant_id AND f.supplier_id = e.supplier_id
        JOIN catalog_item_version v ON v.event_seq = e.seq AND v.publication IN ('due', 'withheld')
        LEFT JOIN feed_event fed ON fed.seq = e.seq
        LEFT JOIN event_code c ON c.seq = e.seq
       WHERE v.replay_id IS NULL AND e.kind <> 'expiry'
         AND NOT (e.received_at_us > ${nowUs - WINDOW} AND v.created_at_us = e.decided_at_us AND fed.seq IS NULL)
         AND NOT (v.publication = 'due' AND v.publication_at_us > v.created_at_us AND EXISTS (
                   SELECT 1 FROM publish_attempt a
                    WHERE a.item_id = v.item_id AND a.version >= v.version AND a.status = 'accepted'
                      AND a.finished_at_us <= v.publication_at_us))
    ), lags AS (
      SELECT w.*, ended IS NULL AS waits, greatest(0, coalesce(ended, ${nowUs}) - since) AS lag,
             since > coalesce(ended, ${nowUs}) + ${SKEW} AS ahead
        FROM (SELECT * FROM ends UNION ALL SELECT * FROM files UNION ALL SELECT * FROM late) w
       WHERE ended IS NULL OR ended >= opened_us
    )
    SELECT tenant_id, supplier_id,
           count(*) FILTER (WHERE NOT ahead) AS events,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY lag) FILTER (WHERE NOT ahead) AS p95_us,
           count(*) FILTER (WHERE waits) AS waiting,
           count(*) FILTER (WHERE waits AND stage = 'undecided') AS undecided,
           max(lag) FILTER (WHERE waits AND NOT ahead) AS oldest_us,
           (array_agg(jsonb_build_object('supplier', supplier_id, 'event', event_id, 'stage', stage) ORDER BY since)
             FILTER (WHERE waits AND NOT ahead))[1] AS oldest,
           count(*) FILTER (WHERE ahead) AS ahead,
           max(since - coalesce(ended, ${nowUs})) FILTER (WHERE ahead) AS ahead_us
      FROM lags
     GROUP BY GROUPING SETS ((tenant_id), (tenant_id, supplier_id))`;
}
