import { sentence } from '../domain/sentence.ts';
import { secondsInWords } from '../domain/span.ts';
import type { Micros } from '../domain/time.ts';
import { valueText } from '../domain/verdict.ts';
import type { Reader, Signal } from './signal.ts';
import { count, replayCommand } from './words.ts';
import { worstStorefronts, type ReadOfOne } from './worst-storefront.ts';

const WINDOW = 900_000_000n;
/** How far the window is widened at most, in µs: what a storefront said before tells nothing of it now. */
const WIDEST = 7n * 86_400_000_000n;
/** So many calls of a supplier are looked through at most for those of one storefront, which may be few among them. */
const LOOKED_AT = 20_000;
/** So many answers make a window wide enough. */
const ENOUGH = 200;

const BOUND = { below: 0.005 };

/**
 * How many calls to a storefront end badly: failed and rejected ones of all that have ended, over 15 minutes, or back to as
 * many as it takes to have 200. Calls under way, and those that nobody saw the end of, are neither good nor bad. Of several
 * storefronts the worst counts.
 */
export const publishErrors: Signal = {
  name: 'publish_errors',
  title: 'Publish errors',
  owner: 'Storefront',
  bound: BOUND,
  unit: 'fraction',
  atLeast: ENOUGH,
  onMiss: 'stop',
  noData: 'The storefront has answered no call in the last 7 days.',
  whatToDo: (reading) =>
    'Read the reason that the storefront gave, and mend it there: `catalog-sync doctor --storefront`. Then replay the ' +
    `window, ${replayCommand(reading)}, and watch again.`,
  read: async (database, options) =>
    worstStorefronts(
      (await query(database, options)).map((row) => readingOf(row, options.nowUs)),
      { bound: BOUND, atLeast: ENOUGH },
    ),
};

interface Row {
  tenant_id: string;
  supplier_id: string | null;
  storefront: string;
  attempts: bigint;
  rejected: bigint;
  failed: bigint;
  since_us: bigint;
  why: string | null;
  why_item: string | null;
}

function readingOf(row: Row, nowUs: Micros): ReadOfOne {
  const [attempts, rejected, failed] = [Number(row.attempts), Number(row.rejected), Number(row.failed)];
  const subject = { tenant: row.tenant_id, supplier: row.supplier_id, storefront: row.storefront };
  if (attempts === 0) return { ...subject, value: null, of: 0, reason: publishErrors.noData };
  const value = (rejected + failed) / attempts;
  const age = secondsInWords(Math.max(900, Math.ceil(Number(nowUs - row.since_us) / 1e6)));
  const words = [
    `Of ${count(attempts, 'call')} to the storefront in the last ${age}, ` +
      `${rejected.toLocaleString('en-US')} ${rejected === 1 ? 'was' : 'were'} rejected and ` +
      `${failed.toLocaleString('en-US')} failed (${valueText(value, 'fraction')}).`,
  ];
  if (attempts < ENOUGH) words.push(`Fewer than ${ENOUGH} are too few for a verdict.`);
  if (row.why !== null) words.push(`Last, for ${row.why_item}: ${sentence(row.why)}`);
  return { ...subject, value, of: attempts, reason: words.join(' ') };
}

/**
 * A supplier's window reaches at least as far back as its tenant's, so the tenant's is within its suppliers'. A storefront
 * that has too few calls of late among many is looked for no further back.
 */
function query(
  database: Reader,
  { tenants, nowUs }: { tenants: readonly string[]; nowUs: Micros },
): Promise<Row[]> {
  return database.$queryRaw<Row[]>`
    WITH told AS MATERIALIZED (
      SELECT o.tenant_id, o.name, o.counts_from, count(*) OVER (PARTITION BY o.tenant_id) > 1 AS several
        FROM open_storefronts(${[...tenants]}::text[]) o
    ), ended AS MATERIALIZED (
      SELECT s.tenant_id, s.id AS supplier_id, o.name AS storefront, a.id, a.started_at_us, a.status, a.reason, a.item_id,
             row_number() OVER (PARTITION BY s.tenant_id, o.name ORDER BY a.started_at_us DESC, a.id DESC) AS nth
        FROM supplier s
        JOIN told o ON o.tenant_id = s.tenant_id
       CROSS JOIN LATERAL (
         SELECT least(${nowUs - WINDOW}, coalesce((
                  SELECT x.started_at_us FROM (
                    SELECT y.started_at_us, y.storefront, y.id FROM publish_attempt y
                     WHERE y.tenant_id = s.tenant_id AND y.supplier_id = s.id
                       AND y.status IN ('accepted', 'rejected', 'failed') AND y.started_at_us > ${nowUs - WIDEST}
                     ORDER BY y.started_at_us DESC LIMIT ${LOOKED_AT}) x
                   WHERE x.storefront = o.name AND x.id > o.counts_from
                   ORDER BY x.started_at_us DESC OFFSET ${ENOUGH - 1} LIMIT 1), (
                  SELECT y.started_at_us FROM publish_attempt y
                   WHERE y.tenant_id = s.tenant_id AND y.supplier_id = s.id
                     AND y.status IN ('accepted', 'rejected', 'failed') AND y.started_at_us > ${nowUs - WIDEST}
                   ORDER BY y.started_at_us DESC OFFSET ${LOOKED_AT - 1} LIMIT 1), ${nowUs - WIDEST})) AS since) w
        JOIN publish_attempt a
          ON a.tenant_id = s.tenant_id AND a.supplier_id = s.id AND a.started_at_us >= w.since
         AND a.storefront = o.name AND a.id > o.counts_from AND a.status IN ('accepted', 'rejected', 'failed')
       WHERE s.tenant_id = ANY (${[...tenants]}::text[])
    ), grouped AS (
      SELECT tenant_id, supplier_id, storefront, id, started_at_us, status, reason, item_id FROM ended
      UNION ALL
      SELECT tenant_id, NULL, storefront, id, started_at_us, status, reason, item_id FROM ended
       WHERE nth <= ${ENOUGH} OR started_at_us >= ${nowUs - WINDOW}
      UNION ALL
      -- One of several that was told nothing is not the better for it.
      SELECT g.tenant_id, g.supplier_id, o.name, NULL, NULL, NULL, NULL, NULL
        FROM (SELECT DISTINCT e.tenant_id, x.supplier_id FROM ended e
               CROSS JOIN LATERAL (VALUES (e.supplier_id), (NULL)) AS x (supplier_id)) g
        JOIN told o ON o.tenant_id = g.tenant_id AND o.several
    )
    SELECT g.tenant_id, g.supplier_id, g.storefront, count(g.id) AS attempts,
           count(*) FILTER (WHERE g.status = 'rejected') AS rejected,
           count(*) FILTER (WHERE g.status = 'failed') AS failed,
           min(g.started_at_us) AS since_us,
           (array_agg(g.reason ORDER BY g.started_at_us DESC, g.id DESC)
             FILTER (WHERE g.status <> 'accepted' AND g.reason IS NOT NULL))[1] AS why,
           (array_agg(g.item_id ORDER BY g.started_at_us DESC, g.id DESC)
             FILTER (WHERE g.status <> 'accepted' AND g.reason IS NOT NULL))[1] AS why_item
      FROM grouped g
     GROUP BY g.tenant_id, g.supplier_id, g.storefront`;
}
