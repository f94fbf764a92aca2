import { originJson, writeAudit } from '../database/audit.ts';
import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import type { Origin } from '../domain/origin.ts';
import { formatTime, seconds, type Micros } from '../domain/time.ts';

/** What was taken away, of each table. */
export interface PrunedCounts {
  events: number;
  versions: number;
  attempts: number;
  deliveries: number;
  replays: number;
  probes: number;
}

export type PruneEnd = 'completed' | 'stopped' | 'failed';

/** A prune of the tenant is under way elsewhere, or its erasure. */
export class PruneUnderWay extends Error {
  override name = 'PruneUnderWay';
}

/** One that runs says so every few seconds; one that said nothing for so long was killed. */
const DEAD_AFTER = seconds(60);

export interface PruneRequest {
  tenant: string;
  /** What was received from then on stays. */
  cutoff: Micros;
  actor: string;
  origin?: Origin | undefined;
}

/**
 * Writes a run down; the database adds the entry of the audit list.
 *
 * @throws PruneUnderWay
 */
export function openRun(
  database: Database,
  { tenant, cutoff, actor, origin }: PruneRequest,
  archive: string | undefined,
): Promise<number> {
  return database.$transaction(async (transaction) => {
    await lockPrunes(transaction, tenant);
    const now = await databaseNow(transaction);
    const before = await transaction.pruneRun.findFirst({ where: { tenantId: tenant, state: 'running' } });
    if (before && before.seenAtUs > now - DEAD_AFTER) {
      throw new PruneUnderWay(
        `Prune ${before.id} of tenant ${tenant} has been under way since ${formatTime(before.startedAtUs)}, by ${before.actor}; wait for its end.`,
      );
    }
    if (before) await transaction.pruneRun.update({ where: { id: before.id }, data: ended('stopped', now) });
    const [run] = await transaction.$queryRaw<{ id: number }[]>`
      SELECT begin_prune(${tenant}, ${cutoff}::bigint, ${actor}, ${archive ?? null}::text,
                         ${originJson(origin)}::jsonb) AS id`;
    if (!run) throw new Error('the database gave the prune no number');
    return run.id;
  });
}

/**
 * A tenant that is erased gets no archive of what is about to be gone.
 *
 * @throws PruneUnderWay
 */
export async function refuseErased(database: Database, tenant: string): Promise<void> {
  const erasure = await database.tenantErasure.findUnique({ where: { tenantId: tenant } });
  if (!erasure) return;
  throw new PruneUnderWay(
    `Tenant ${tenant} has been in erasure since ${formatTime(erasure.begunAtUs)}, by ${erasure.actor}: nothing of it is pruned.`,
  );
}

/** Of some tenants, those that are not being erased. */
export async function withoutErased(database: Database, tenants: readonly string[]): Promise<string[]> {
  const rows = await database.tenantErasure.findMany({ select: { tenantId: true } });
  const erased = new Set(rows.map(({ tenantId }) => tenantId));
  return tenants.filter((tenant) => !erased.has(tenant));
}

/** Says that a run goes on. */
export async function touchRun(database: Database, id: number): Promise<void> {
  await database.$executeRaw`UPDATE prune_run SET seen_at_us = now_us() WHERE id = ${id} AND state = 'running'`;
}

/** Ends a run, and writes down in the audit list what it did. */
export function endRun(
  database: Database,
  id: number,
  state: PruneEnd,
  origin?: Origin,
): Promise<PrunedCounts> {
  return database.$transaction(async (transaction) => {
    const now = await databaseNow(transaction);
    await transaction.pruneRun.updateMany({ where: { id, state: 'running' }, data: ended(state, now) });
    const run = await transaction.pruneRun.findUniqueOrThrow({ where: { id } });
    const counts = countsOf(run);
    await writeAudit(transaction, {
      tenant: run.tenantId,
      actor: run.actor,
      origin,
      action: 'prune.end',
      subject: `prune/${id}`,
      after: { state, ...counts },
    });
    return counts;
  });
}

/** See the function prune_lock. */
export async function lockPrunes(
  transaction: Pick<Transaction, '$executeRaw'>,
  tenant: string,
): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(prune_lock(${tenant}))`;
}

function ended(state: PruneEnd, now: Micros) {
  return { state, finishedAtUs: now };
}

function countsOf(run: Record<keyof PrunedCounts, bigint>): PrunedCounts {
  const { events, versions, attempts, deliveries, replays, probes } = run;
  return {
    events: Number(events),
    versions: Number(versions),
    attempts: Number(attempts),
    deliveries: Number(deliveries),
    replays: Number(replays),
    probes: Number(probes),
  };
}
