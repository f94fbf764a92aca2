import { secondsInWords } from '../domain/span.ts';
import type { Micros } from '../domain/time.ts';
import { valueText } from '../domain/verdict.ts';
import type { Reader, Reading, Signal } from './signal.ts';
import { count, replayCommand } from './words.ts';

const WINDOW = 900_000_000n;
/** How far the window is widened at most, in µs: what a storefront said before tells nothing of it now. */
const WIDEST = 7n * 86_400_000_000n;
/** So many answers make a window wide enough. */
const ENOUGH = 200;

/**
 * How many calls to the storefront end badly: failed and rejected ones of all that have ended, over 15 minutes, or back
 * to as many as it takes to have 200. Calls under way, and those that nobody saw the end of, are neither good nor bad.
 */
export const publishErrors: Signal = {
  name: 'publish_errors',
  title: 'Publish errors',
  owner: 'Storefront',
  bound: { below: 0.005 },
  unit: 'fraction',
  atLeast: ENOUGH,
  onMiss: 'stop',
  noData: 'The storefront has answered no call in the last 7 days.',
  whatToDo: (reading) =>
    'Read the reason that the storefront gave, and mend it there: `catalog-sync doctor --storefront`. Then replay the ' +
    `window, ${replayCommand(reading)}, and watch again.`,
  read: async (database, options) =>
    (await query(database, options)).map((row) => readingOf(row, options.nowUs)),
};

interface Row {
  tenant_id: string;
  supplier_id: string | null;
  attempts: bigint;
  rejected: bigint;
  failed: bigint;
  since_us: bigint;
  why: string | null;
  why_item: string | null;
}

function readingOf(row: Row, nowUs: Micros): Reading {
  const [attempts, rejected, failed] = [Number(row.attempts), Number(row.rejected), Number(row.failed)];
  const value = attempts === 0 ? null : (rejected + failed) / attempts;
  const age = secondsInWords(Math.max(900, Math.ceil(Number(nowUs - row.since_us) / 1e6)));
  const words = [
    `Of ${count(attempts, 'call')} to the storefront in the last ${age}, ` +
      `${rejected.toLocaleString('en-US')} ${rejected === 1 ? 'was' : 'were'} rejected and ` +
      `${failed.toLocaleString('en-US')} failed (${valueText(value, 'fraction')}).`,
  ];
  if (attempts < ENOUGH) words.push(`Fewer than ${ENOUGH} are too few for a verdict.`);
  if (row.why !== null) words.push(`Last, for ${row.why_item}: ${row.why}`);
  return { tenant: row.tenant_id, supplier: row.supplier_id, value, of: attempts, reason: words.join(' ') };
}

/** A supplier's window reaches at least as far back as its tenant's, so the tenant's is within its suppliers'. */
function query(
  database: Reader,
  { tenants, nowUs }: { tenants: readonly string[]; nowUs: Micros },
): Promise<Row[]> {
  return database.$queryRaw<Row[]>`
    WITH ended AS (
      SELECT s.tenant_id, s.id AS supplier_id, a.id, a.started_at_us, a.status, a.reason, a.item_id,
             row_number() OVER (PARTITION BY s.tenant_id ORDER BY a.started_at_us DESC, a.id DESC) AS nth
        FROM supplier s
       CROSS JOIN LATERAL (
         SELECT least(${nowUs - WINDOW}, coalesce((
                  SELECT x.started_at_us FROM publish_attempt x
                   WHERE x.tenant_id = s.tenant_id AND x.supplier_id = s.id
                     AND x.status IN ('accepted', 'rejected', 'failed') AND x.started_at_us > ${nowUs - WIDEST}
                   ORDER BY x.started_at_us DESC OFFSET ${ENOUGH - 1} LIMIT 1), ${nowUs - WIDEST})) AS since) w
        JOIN publish_attempt a
          ON a.tenant_id = s.tenant_id AND a.supplier_id = s.id AND a.started_at_us >= w.since
         AND a.status IN ('accepted', 'rejected', 'failed')
       WHERE s.tenant_id = ANY (${[...tenants]}::text[])
    ), grouped AS (
      SELECT tenant_id, supplier_id, id, started_at_us, status, reason, item_id FROM ended
      UNION ALL
      SELECT tenant_id, NULL, id, started_at_us, status, reason, item_id FROM ended
       WHERE nth <= ${ENOUGH} OR started_at_us >= ${nowUs - WINDOW}
    )
    SELECT g.tenant_id, g.supplier_id, count(*) AS attempts,
           count(*) FILTER (WHERE g.status = 'rejected') AS rejected,
           count(*) FILTER (WHERE g.status = 'failed') AS failed,
           min(g.started_at_us) AS since_us,
           (array_agg(g.reason ORDER BY g.started_at_us DESC, g.id DESC)
             FILTER (WHERE g.status <> 'accepted' AND g.reason IS NOT NULL))[1] AS why,
           (array_agg(g.item_id ORDER BY g.started_at_us DESC, g.id DESC)
             FILTER (WHERE g.status <> 'accepted' AND g.reason IS NOT NULL))[1] AS why_item
      FROM grouped g
     GROUP BY g.tenant_id, g.supplier_id`;
}
