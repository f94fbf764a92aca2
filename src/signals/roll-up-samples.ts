import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';

const HOUR = 3_600_000_000n;
/** Samples are kept one by one for so long, in µs; good answers to the probe are kept no longer. */
export const KEEP_US = 7n * 24n * HOUR;
const AT_ONCE = 5_000;

export interface RolledUp {
  /** Samples folded into hours. */
  samples: number;
  /** Answers of storefronts deleted. */
  probes: number;
  /** Answers to commands of the gate deleted. */
  requests: number;
}

/**
 * Folds samples of over 7 days ago to one an hour (the mean value, the worst verdict, and the latest words with that
 * verdict), and deletes as old answers of storefronts that showed nothing wrong, and as old answers to commands of the
 * gate: a command is good for seconds, and what it did is in the audit list. Works in small statements, each
 * complete in itself: it may be stopped at any moment, run twice at once, and run again.
 *
 * @param options.nowUs the database's clock unless given
 * @param options.onBatch is called after each statement; what it throws ends the work
 */
export async function rollUpSamples(
  database: Database,
  options: { nowUs?: Micros | undefined; onBatch?: () => void } = {},
): Promise<RolledUp> {
  const nowUs = options.nowUs ?? (await databaseNow(database));
  const beforeUs = nowUs - KEEP_US;
  const wholeHours = (beforeUs / HOUR) * HOUR;
  const untilFewerThan = async (least: number, work: () => Promise<number>): Promise<number> => {
    for (let sum = 0; ;) {
      const count = await work();
      sum += count;
      if (count > 0) options.onBatch?.();
      if (count < least) return sum;
    }
  };
  return {
    samples: await untilFewerThan(1, () => foldNext(database, wholeHours)),
    probes: await untilFewerThan(AT_ONCE, () => deleteProbes(database, beforeUs)),
    requests: await untilFewerThan(AT_ONCE, () => deleteRequests(database, beforeUs)),
  };
}

/** Folds the oldest hour of the tenant that has the oldest sample. @returns how many samples were folded */
async function foldNext(database: Database, beforeUs: Micros): Promise<number> {
  const rows = await database.$queryRaw<{ folded: number }[]>`
    WITH oldest AS (
      SELECT s.tenant_id, s.sampled_at_us / ${HOUR} * ${HOUR} AS hour_us FROM signal_sample s
       WHERE NOT s.hourly AND s.sampled_at_us < ${beforeUs}
       ORDER BY s.sampled_at_us LIMIT 1
    ), taken AS (
      DELETE FROM signal_sample s USING oldest o
       WHERE NOT s.hourly AND s.tenant_id = o.tenant_id
         AND s.sampled_at_us >= o.hour_us AND s.sampled_at_us < o.hour_us + ${HOUR}
      RETURNING s.id, s.tenant_id, s.supplier_id, s.signal, s.sampled_at_us, s.value, s.verdict, s.reason,
                s.storefronts, o.hour_us,
                CASE s.verdict WHEN 'miss' THEN 2 WHEN 'inconclusive' THEN 1 ELSE 0 END AS rank
    ), folded AS (
      INSERT INTO signal_sample (tenant_id, supplier_id, signal, sampled_at_us, hourly, value, verdict, reason,
                                 storefronts)
      SELECT tenant_id, supplier_id, signal, hour_us, true, avg(value),
             (array_agg(verdict ORDER BY rank DESC, sampled_at_us DESC, id DESC))[1],
             (array_agg(reason ORDER BY rank DESC, sampled_at_us DESC, id DESC))[1],
             (array_agg(storefronts ORDER BY rank DESC, sampled_at_us DESC, id DESC))[1]
        FROM taken GROUP BY tenant_id, supplier_id, signal, hour_us
    )
    SELECT count(*)::integer AS folded FROM taken`;
  return rows[0]?.folded ?? 0;
}

async function deleteProbes(database: Database, beforeUs: Micros): Promise<number> {
  return database.$executeRaw`
    DELETE FROM storefront_probe
     WHERE id IN (SELECT p.id FROM storefront_probe p
                   WHERE p.probed_at_us < ${beforeUs} AND p.failure_mode IS NULL
                   ORDER BY p.probed_at_us LIMIT ${AT_ONCE})`;
}

async function deleteRequests(database: Database, beforeUs: Micros): Promise<number> {
  return database.$executeRaw`
    DELETE FROM gate_request
     WHERE id IN (SELECT r.id FROM gate_request r WHERE r.at_us < ${beforeUs} ORDER BY r.at_us LIMIT ${AT_ONCE})`;
}
