import type { Transaction } from '../database/client.ts';
import type { Watch } from '../domain/gate-watch.ts';
import type { SignalName, Verdict } from '../domain/signals.ts';
import type { Micros } from '../domain/time.ts';

/** A watch of a tenant (`supplier` empty) or of a supplier that was added after the launch. */
export interface WatchRow extends Watch {
  supplier: string;
  /** One business day, as it was at the last sample. */
  needed: Micros | null;
}

/** A tenant's watches. */
export async function readWatches(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
): Promise<WatchRow[]> {
  return (
    await transaction.$queryRaw<
      Row[]
    >`SELECT * FROM gate_watch WHERE tenant_id = ${tenant} ORDER BY supplier_id`
  ).map(watchOf);
}

/** Waits for whoever counts a sample in a watch just now; until the end of the transaction nobody else does. */
export async function holdWatch(
  transaction: Pick<Transaction, '$executeRaw'>,
  tenant: string,
  supplier: string,
): Promise<void> {
  await transaction.$executeRaw`
    SELECT 1 FROM gate_watch WHERE tenant_id = ${tenant} AND supplier_id = ${supplier} FOR UPDATE`;
}

/** A tenant's watches, alone: whoever else wants to change them waits. Those named are begun where they are not there yet. */
export async function lockWatches(
  transaction: Pick<Transaction, '$queryRaw' | '$executeRaw'>,
  tenant: string,
  suppliers: readonly string[],
  at: Micros,
): Promise<WatchRow[]> {
  await transaction.$executeRaw`
    INSERT INTO gate_watch (tenant_id, supplier_id, began_at_us)
    SELECT ${tenant}, supplier, ${at - 1n} FROM unnest(${[...suppliers]}::text[]) AS wanted (supplier)
    ON CONFLICT DO NOTHING`;
  const rows = await transaction.$queryRaw<Row[]>`
    SELECT * FROM gate_watch WHERE tenant_id = ${tenant} AND supplier_id = ANY (${[...suppliers]}::text[])
     ORDER BY supplier_id FOR UPDATE`;
  return rows.map(watchOf);
}

/** Writes down a watch that was locked before. */
export async function saveWatch(
  transaction: Pick<Transaction, 'gateWatch'>,
  tenant: string,
  { supplier, number, beganAt, watched, needed, sampledAt, verdict, lastMiss }: WatchRow,
): Promise<void> {
  await transaction.gateWatch.update({
    where: { tenantId_supplierId: { tenantId: tenant, supplierId: supplier } },
    data: {
      number,
      beganAtUs: beganAt,
      watchedUs: watched,
      neededUs: needed,
      sampledAtUs: sampledAt,
      verdict,
      missAtUs: lastMiss?.at ?? null,
      missSignal: lastMiss?.signal ?? null,
      missReason: lastMiss?.reason ?? null,
    },
  });
}

interface Row {
  supplier_id: string;
  number: number;
  began_at_us: bigint;
  watched_us: bigint;
  needed_us: bigint | null;
  sampled_at_us: bigint | null;
  verdict: string | null;
  miss_at_us: bigint | null;
  miss_signal: string | null;
  miss_reason: string | null;
}

function watchOf(row: Row): WatchRow {
  const { miss_at_us: at, miss_signal: signal, miss_reason: reason } = row;
  return {
    supplier: row.supplier_id,
    number: row.number,
    beganAt: row.began_at_us,
    watched: row.watched_us,
    needed: row.needed_us,
    sampledAt: row.sampled_at_us,
    verdict: row.verdict as Verdict | null,
    lastMiss:
      at === null || signal === null || reason === null ? null : { at, signal: signal as SignalName, reason },
  };
}
