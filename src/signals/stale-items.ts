import { secondsInWords } from '../domain/span.ts';
import { meets, valueText } from '../domain/verdict.ts';
import type { Micros } from '../domain/time.ts';
import type { Reader, Signal } from './signal.ts';
import { aheadReason, count, partOf, replayCommand } from './words.ts';
import { worstStorefronts, type ReadOfOne } from './worst-storefront.ts';

const BOUND = { below: 0.01 };
const DAY = 86_400_000_000n;
/** An event may be undecided, and a version unpublished, for so long, in µs. */
const PATIENCE = 60_000_000n;
/** Answers of the storefront that are taken for a sample of all items are at most so old, in µs. */
const PROBE_WINDOW = 900_000_000n;
/** A row may be dated so far ahead of the clock, in µs: the clock is read before the rows are. */
const SKEW = 1_000_000n;
/** One item that is shown wrong counts as one; from so many on, they speak for the items not asked for, too. */
const SPEAK_FOR_ALL = 2;

/**
 * The items that customers may see wrong, of those with an event acknowledged in the last 24 hours whose flags are
 * open. The time an event was held by a closed flag is no delay of its own. Of several storefronts the worst counts.
 */
export const staleItems: Signal = {
  name: 'stale_items',
  title: 'Stale items',
  owner: 'Platform',
  bound: BOUND,
  unit: 'fraction',
  atLeast: 1,
  onMiss: 'stop',
  noData: 'No event was acknowledged in the last 24 hours while the flags were open.',
  whatToDo: (reading) =>
    'See with `catalog-sync trace` what keeps the item named here; check workers and storefront with ' +
    `\`catalog-sync doctor --storefront\`. Then replay the window, ${replayCommand(reading)}, and watch again.`,
  read: async (database, options) =>
    worstStorefronts((await query(database, options)).map(readingOf), { bound: BOUND, atLeast: 1 }),
};

interface Row {
  tenant_id: string;
  supplier_id: string | null;
  storefront: string;
  items: bigint;
  stale: bigint;
  undecided: bigint;
  unpublished: bigint;
  shown_old: bigint;
  shown_wrong: bigint;
  asked: bigint;
  asked_wrong: bigint;
  ahead: bigint;
  ahead_us: bigint | null;
  example: { kind: string; item: string; sinceUs: string; version?: number; shown?: number | null } | null;
  now_us: bigint;
}

function readingOf(row: Row): ReadOfOne {
  const [items, stale, ahead] = [Number(row.items), Number(row.stale), Number(row.ahead)];
  const [asked, askedWrong] = [Number(row.asked), Number(row.asked_wrong)];
  const counted = items === 0 ? null : stale / items;
  const sampled = askedWrong >= SPEAK_FOR_ALL ? askedWrong / asked : 0;
  const value = counted === null ? null : Math.max(counted, sampled);
  const words = [
    `${partOf(stale, items, 'item')} with an event in the last 24 hours ` +
      `${stale === 1 ? 'is' : 'are'} stale.`,
  ];
  if (stale > 0) {
    const parts = [
      Number(row.undecided) > 0 &&
        `${count(Number(row.undecided), 'item')} with an event undecided after 60 s`,
      Number(row.unpublished) > 0 &&
        `${count(Number(row.unpublished), 'item')} with a version that the storefront has not accepted after 60 s`,
      Number(row.shown_old) > 0 &&
        `${count(Number(row.shown_old), 'item')} shown in an older version than the storefront had accepted ` +
          '(old_quantity_shown)',
      Number(row.shown_wrong) > 0 &&
        `${count(Number(row.shown_wrong), 'item')} shown with a quantity that the ledger never gave that version ` +
          '(wrong_quantity_shown)',
    ].filter((part) => part !== false);
    words.push(`They are: ${parts.join('; ')}.`);
  }
  if (row.example) words.push(exampleWords(row.example, row.now_us));
  if (counted !== null && sampled > counted) {
    words.push(
      `Of ${count(asked, 'item')} that the storefront was asked for in the last 15 minutes, ` +
        `${valueText(sampled, 'fraction')} are shown wrong: that is taken for all.`,
    );
  }
  if (ahead > 0) words.push(aheadReason(ahead, Number(row.ahead_us ?? 0n) / 1e6));
  const missed = value !== null && !meets(value, BOUND);
  return {
    tenant: row.tenant_id,
    supplier: row.supplier_id,
    storefront: row.storefront,
    value: ahead > 0 && !missed ? null : value,
    of: items,
    reason: words.join(' '),
  };
}

function exampleWords(example: NonNullable<Row['example']>, nowUs: Micros): string {
  const age = secondsInWords(Math.max(0, Number(nowUs - BigInt(example.sinceUs)) / 1e6));
  switch (example.kind) {
    case 'undecided':
      return `For example, ${example.item} has had an undecided event for ${age}.`;
    case 'unpublished':
      return `For example, version ${example.version} of ${example.item} has not been accepted for ${age}.`;
    case 'wrong_quantity_shown':
      return (
        `For example, ${example.item} was shown in version ${example.shown}, with a quantity that the ledger never gave ` +
        `it, ${age} ago.`
      );
    default:
      return (
        `For example, ${example.item} was shown ` +
        `${example.shown == null ? 'as unknown' : `in version ${example.shown}`} ${age} ago, ` +
        `after version ${example.version} had been accepted.`
      );
  }
}

/**
 * Undecided events count from when they may flow, however old they are: an event that nobody decides must not drop out
 * of sight after a day. One that came by a file counts once it is decided: until then it waits for its turn, and
 * queue_lag says whether turns come.
 */
function query(
  database: Reader,
  { tenants, nowUs }: { tenants: readonly string[]; nowUs: Micros },
): Promise<Row[]> {
  return database.$queryRaw<Row[]>`
    WITH told_to AS MATERIALIZED (
      -- With none that is open, what waits is held against the one that there would be.
      SELECT t.id AS tenant_id, coalesce(o.name, 'shop') AS storefront, coalesce(o.counts_from, 0) AS counts_from,
             coalesce(o.counts_from_us, 0) AS counts_from_us
        FROM tenant t LEFT JOIN open_storefronts(${[...tenants]}::text[]) o ON o.tenant_id = t.id
       WHERE t.id = ANY (${[...tenants]}::text[])
    ), flow AS MATERIALIZED (
      SELECT tenant_id, supplier_id, opened_us FROM supplier_flow(${[...tenants]}::text[]) WHERE flows
    ), acknowledged AS (
      SELECT e.tenant_id, e.supplier_id, e.item_id, e.sku, e.decision IS NULL AS undecided,
             greatest(e.received_at_us, f.opened_us, CASE WHEN e.item_id IS NULL THEN e.held_at_us END) AS since
        FROM supplier_event e JOIN flow f ON f.tenant_id = e.tenant_id AND f.supplier_id = e.supplier_id
       WHERE e.tenant_id = ANY (${[...tenants]}::text[]) AND e.received_at_us > ${nowUs - DAY}
         AND e.decision IS DISTINCT FROM 'rejected' AND NOT is_unknown(e)
         AND NOT (e.decision IS NULL AND e.start_due_us > ${nowUs}
                  AND EXISTS (SELECT 1 FROM feed_event x WHERE x.seq = e.seq))
      UNION ALL
      SELECT e.tenant_id, e.supplier_id, e.item_id, e.sku, true,
             greatest(e.received_at_us, f.opened_us, CASE WHEN e.item_id IS NULL THEN e.held_at_us END)
        FROM flow f JOIN supplier_event e ON e.tenant_id = f.tenant_id AND e.supplier_id = f.supplier_id
       WHERE e.decision IS NULL AND e.received_at_us <= ${nowUs - DAY} AND NOT is_unknown(e)
         AND NOT (e.start_due_us > ${nowUs} AND EXISTS (SELECT 1 FROM feed_event x WHERE x.seq = e.seq))
    ), touched AS (
      SELECT a.tenant_id, a.supplier_id, coalesce(a.item_id, a.tenant_id || ':' || sku_key(a.sku)) AS item,
             min(a.since) FILTER (WHERE a.undecided) AS undecided_since,
             max(a.since) AS latest
        FROM acknowledged a GROUP BY 1, 2, 3
    ), items AS MATERIALIZED (
      SELECT DISTINCT tenant_id, item FROM touched
    ), uncovered AS (
      SELECT i.tenant_id, v.supplier_id, s.storefront, i.item, v.version, v.since
        FROM items i
        JOIN told_to s ON s.tenant_id = i.tenant_id
        LEFT JOIN LATERAL (
          SELECT a.version FROM publish_attempt a
           WHERE a.item_id = i.item AND a.storefront = s.storefront AND a.id > s.counts_from
             AND a.status IN ('accepted', 'rejected') AND a.status = 'accepted'
           ORDER BY a.version DESC LIMIT 1) told ON true
        -- The current version's maker: while its flag is closed, there is nothing that may be published.
        CROSS JOIN LATERAL (
          SELECT m.supplier_id FROM catalog_item_version c JOIN supplier_event m ON m.seq = c.event_seq
           WHERE c.item_id = i.item ORDER BY c.version DESC LIMIT 1) maker
        JOIN flow o ON o.tenant_id = i.tenant_id AND o.supplier_id = maker.supplier_id
        CROSS JOIN LATERAL (
          SELECT m.supplier_id, v.version, greatest(v.created_at_us, f.opened_us) AS since
            FROM catalog_item_version v
            JOIN supplier_event m ON m.seq = v.event_seq
            JOIN flow f ON f.tenant_id = m.tenant_id AND f.supplier_id = m.supplier_id
           WHERE v.item_id = i.item AND v.version > coalesce(told.version, 0)
           ORDER BY v.version LIMIT 1) v
    ), asked AS (
      SELECT i.tenant_id, m.supplier_id, s.storefront, i.item, p.accepted_version, p.shown_version, p.probed_at_us,
             p.failure_mode
        FROM items i
        JOIN told_to s ON s.tenant_id = i.tenant_id
       CROSS JOIN LATERAL (
         SELECT p.* FROM storefront_probe p
          WHERE p.item_id = i.item AND p.storefront = s.storefront
            AND p.probed_at_us > greatest(${nowUs - DAY}, s.counts_from_us)
          ORDER BY p.probed_at_us DESC, p.id DESC LIMIT 1) p
        JOIN catalog_item_version v ON v.item_id = i.item AND v.version = p.accepted_version
        JOIN supplier_event m ON m.seq = v.event_seq
    ), findings AS (
      SELECT tenant_id, supplier_id, NULL AS storefront, item, NULL AS kind, latest AS since, NULL::integer AS version,
             NULL::integer AS shown, latest > ${nowUs + SKEW} AS ahead, NULL::boolean AS fresh
        FROM touched
      UNION ALL
      SELECT tenant_id, supplier_id, NULL, item, 'undecided', undecided_since, NULL, NULL, false, NULL
        FROM touched WHERE undecided_since < ${nowUs - PATIENCE}
      UNION ALL
      SELECT tenant_id, supplier_id, storefront, item, CASE WHEN since < ${nowUs - PATIENCE} THEN 'unpublished' END, since,
             version, NULL, since > ${nowUs + SKEW}, NULL
        FROM uncovered
      UNION ALL
      SELECT tenant_id, supplier_id, storefront, item, failure_mode, probed_at_us, accepted_version,
             shown_version, false, probed_at_us > ${nowUs - PROBE_WINDOW}
        FROM asked
    )
    SELECT f.tenant_id, f.supplier_id, s.storefront,
           count(DISTINCT item) AS items,
           count(DISTINCT item) FILTER (WHERE kind IS NOT NULL) AS stale,
           count(DISTINCT item) FILTER (WHERE kind = 'undecided') AS undecided,
           count(DISTINCT item) FILTER (WHERE kind = 'unpublished') AS unpublished,
           count(DISTINCT item) FILTER (WHERE kind = 'old_quantity_shown') AS shown_old,
           count(DISTINCT item) FILTER (WHERE kind = 'wrong_quantity_shown') AS shown_wrong,
           count(*) FILTER (WHERE fresh) AS asked,
           count(*) FILTER (WHERE fresh AND kind IN ('old_quantity_shown', 'wrong_quantity_shown')) AS asked_wrong,
           count(*) FILTER (WHERE ahead) AS ahead,
           max(since) FILTER (WHERE ahead) - ${nowUs} AS ahead_us,
           ${nowUs}::bigint AS now_us,
           (array_agg(jsonb_build_object('kind', kind, 'item', item, 'sinceUs', since::text, 'version', version,
                                         'shown', shown) ORDER BY since)
             FILTER (WHERE kind IS NOT NULL))[1] AS example
      FROM findings f
      -- What is not decided is wrong in all of them.
      JOIN told_to s ON s.tenant_id = f.tenant_id AND s.storefront = coalesce(f.storefront, s.storefront)
     GROUP BY GROUPING SETS ((f.tenant_id, s.storefront), (f.tenant_id, f.supplier_id, s.storefront))`;
}
