import { randomBytes } from 'node:crypto';
import type { Database, Transaction } from '../database/client.ts';
import { REVIEWS_NEEDED } from '../domain/gate.ts';
import type { Micros } from '../domain/time.ts';
import { incompleteTrace } from '../signals/trace-coverage.ts';
import { lockWatches, type WatchRow } from './watch-rows.ts';

/** Most updates that are looked at for one with a complete trace, of each kind. */
const MOST_CANDIDATES = 200;

/**
 * Samples the updates of a watch that support has to explain, once for each watch, and at least one that did not stay
 * the item's winner where there is one. With the same seed and the same updates it takes the same ones.
 *
 * @returns how many were sampled; none before there are three with a complete trace
 */
export async function sampleReviews(
  database: Database,
  tenant: string,
  watch: WatchRow,
  now: Micros,
  seed: string = randomBytes(8).toString('hex'),
): Promise<number> {
  if ((await countReviews(database, tenant, watch)) > 0) return 0;
  const window = { tenant, seed, since: watch.beganAt, until: now };
  const superseded = await complete(database, await readCandidates(database, window, 'superseded'), 1);
  const others = await complete(
    database,
    (await readCandidates(database, window, 'any')).filter((seq) => !superseded.includes(seq)),
    REVIEWS_NEEDED - superseded.length,
  );
  const sampled = [...superseded, ...others];
  if (sampled.length < REVIEWS_NEEDED) return 0;
  return database.$transaction(async (transaction) => {
    const [current] = await lockWatches(transaction, tenant, [watch.supplier], now);
    // It may have begun anew meanwhile, or another sampler may have been faster.
    if (current?.number !== watch.number) return 0;
    if ((await countReviews(transaction, tenant, watch)) > 0) return 0;
    const { count } = await transaction.traceReview.createMany({
      data: sampled.map((eventSeq) => ({
        tenantId: tenant,
        supplierId: watch.supplier,
        watchNumber: watch.number,
        eventSeq,
        seed,
        sampledAtUs: now,
      })),
    });
    return count;
  });
}

function countReviews(
  database: Pick<Transaction, 'traceReview'>,
  tenant: string,
  watch: WatchRow,
): Promise<number> {
  return database.traceReview.count({
    where: { tenantId: tenant, supplierId: watch.supplier, watchNumber: watch.number },
  });
}

/** Suppliers' updates of the watch that were decided, in the order that the seed gives them. */
async function readCandidates(
  database: Database,
  window: { tenant: string; seed: string; since: Micros; until: Micros },
  kind: 'superseded' | 'any',
): Promise<bigint[]> {
  const rows = await database.$queryRaw<{ seq: bigint }[]>`
    SELECT e.seq
      FROM supplier_event e JOIN catalog_item i ON i.item_id = e.item_id
     WHERE e.tenant_id = ${window.tenant} AND e.received_at_us BETWEEN ${window.since} AND ${window.until}
       AND e.kind = 'update' AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
       AND (${kind} = 'any' OR event_outcome(e) = 'superseded')
     ORDER BY sha256(convert_to(${window.seed} || ':' || e.seq, 'UTF8'))
     LIMIT ${MOST_CANDIDATES}::integer`;
  return rows.map(({ seq }) => seq);
}

/** The first so many whose trace is complete: an incomplete one could never be approved. */
async function complete(database: Database, seqs: readonly bigint[], wanted: number): Promise<bigint[]> {
  const found: bigint[] = [];
  for (const seq of seqs) {
    if (found.length === wanted) break;
    if ((await incompleteTrace(database, { seq })) === null) found.push(seq);
  }
  return found;
}
