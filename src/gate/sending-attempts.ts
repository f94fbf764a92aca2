import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';

/** A call to the storefront that has not been answered yet. */
export interface SendingAttempt {
  itemId: string;
  version: number;
  supplier: string;
  eventId: string;
  startedAt: string;
}

/** A tenant's calls to its storefront that are under way, oldest first; of one supplier's events, when it is named. */
export async function readSendingAttempts(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
  supplier?: string,
): Promise<SendingAttempt[]> {
  const rows = await transaction.$queryRaw<
    { item_id: string; version: number; supplier_id: string; event_id: string; started_at_us: bigint }[]
  >`
    SELECT a.item_id, a.version, e.supplier_id, e.event_id, a.started_at_us
      FROM publish_attempt a JOIN supplier_event e ON e.seq = a.event_seq
     WHERE a.status = 'sending' AND e.tenant_id = ${tenant}
       AND (${supplier ?? null}::text IS NULL OR e.supplier_id = ${supplier ?? null})
     ORDER BY a.started_at_us, a.id`;
  return rows.map((row) => ({
    itemId: row.item_id,
    version: row.version,
    supplier: row.supplier_id,
    eventId: row.event_id,
    startedAt: formatTime(row.started_at_us),
  }));
}
