import { formatTime, seconds } from '../domain/time.ts';
import type { SyncInput } from '../domain/sync-event.ts';
import type { Database } from '../database/client.ts';
import { preparedQuery } from '../database/prepared-query.ts';
import { Prisma } from '../generated/prisma/client.ts';

/** An event whose workflow a worker has to start or, from the second time on, to look after. */
export interface DueEvent {
  /** Not sealed yet. */
  input: Omit<SyncInput, 'seal'>;
  workflowId: string;
  /** 1 the first time. */
  startCount: number;
  /** Nothing was decided of it when it was claimed. */
  undecided: boolean;
  /** Open flags let it go: a former run, that found them closed, may just be ending. */
  released: boolean;
}

/** What the claim functions of the migrations say of an event. */
export interface ClaimedRow {
  seq: bigint;
  tenant_id: string;
  supplier_id: string;
  event_id: string;
  sku: string;
  quantity: number;
  updated_at_us: bigint;
  received_at_us: bigint;
  workflow_id: string;
  start_count: number;
  sku_pattern: string;
  clock_tolerance_seconds: number;
  rule_id: number | null;
}

/** What a claimed event's workflow is started with. */
export function syncInputOf(row: ClaimedRow): DueEvent['input'] {
  return {
    seq: row.seq.toString(),
    tenant: row.tenant_id,
    supplier: row.supplier_id,
    eventId: row.event_id,
    sku: row.sku,
    quantity: row.quantity,
    updatedAt: formatTime(row.updated_at_us),
    receivedAt: formatTime(row.received_at_us),
    skuPattern: row.sku_pattern,
    clockToleranceSeconds: row.clock_tolerance_seconds,
    ...(row.rule_id !== null && { ruleId: row.rule_id }),
  };
}

/** What a claim says, by name, as in a prepared statement. */
const CLAIMED_COLUMNS = Prisma.raw(
  'seq, tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, workflow_id, start_count, released, ' +
    'undecided, sku_pattern, clock_tolerance_seconds, rule_id',
);

/**
 * Claims due events for one worker; other workers skip them until the lease ends.
 *
 * @param claim.window most events that this worker may have undecided at a time
 * @param claim.share most of them of one tenant
 * @param claim.leaseSeconds after which an event without an end is due again; grows with each claim, to twentyfold
 */
export async function claimSupplierEvents(
  database: Database,
  claim: { worker: string; window: number; share: number; limit: number; leaseSeconds: number },
): Promise<DueEvent[]> {
  const rows = await preparedQuery<LedgerRow>(
    database,
    Prisma.sql`
    SELECT ${CLAIMED_COLUMNS}
      FROM claim_supplier_events(${claim.worker}, ${claim.window}::integer, ${claim.limit}::integer,
                                 ${seconds(claim.leaseSeconds)}, ${claim.share}::integer)`,
  );
  return rows.map(dueEventOf);
}

/**
 * Claims events of files, as far as live ones leave room.
 *
 * @param claim.share most of them that this worker may have undecided at a time
 */
export async function claimFileEvents(
  database: Database,
  claim: { worker: string; window: number; share: number; limit: number; leaseSeconds: number },
): Promise<DueEvent[]> {
  const rows = await preparedQuery<LedgerRow>(
    database,
    Prisma.sql`
    SELECT ${CLAIMED_COLUMNS}
      FROM claim_file_events(${claim.worker}, ${claim.window}::integer, ${claim.share}::integer, ${claim.limit}::integer,
                             ${seconds(claim.leaseSeconds)})`,
  );
  return rows.map(dueEventOf);
}

type LedgerRow = ClaimedRow & { released: boolean; undecided: boolean };

function dueEventOf(row: LedgerRow): DueEvent {
  return {
    workflowId: row.workflow_id,
    startCount: row.start_count,
    released: row.released,
    undecided: row.undecided,
    input: syncInputOf(row),
  };
}

/** Gives back events whose workflow could not be started now: they are due again after `afterSeconds`. */
export async function giveBackSupplierEvents(
  database: Database,
  seqs: readonly string[],
  afterSeconds: number,
): Promise<void> {
  await database.$executeRaw`
    WITH given AS (
      UPDATE supplier_event
         SET start_due_us = now_us() + ${seconds(afterSeconds)}, start_count = start_count - 1, started_by = NULL
       WHERE seq = ANY (${seqs.map(BigInt)}) AND start_due_us IS NOT NULL
      RETURNING seq
    )
    SELECT rank_events(ARRAY(SELECT seq FROM given))`;
}

/** Has events looked after again soon whose workflow was found running though nothing may be left of it. */
export async function lookAgainSoon(
  database: Database,
  seqs: readonly string[],
  afterSeconds: number,
): Promise<void> {
  await database.$executeRaw`
    UPDATE supplier_event SET start_due_us = now_us() + ${seconds(afterSeconds)}, started_by = NULL
     WHERE seq = ANY (${seqs.map(BigInt)}) AND start_due_us IS NOT NULL`;
}

/** Makes due again what closed flags held or withheld and open flags let go; at most `limit` at a time. */
export async function releaseHeldEvents(database: Database, limit: number): Promise<number> {
  const rows = await database.$queryRaw<{ released: number }[]>`
    SELECT release_held_events(${limit}::integer) AS released`;
  return rows[0]?.released ?? 0;
}
