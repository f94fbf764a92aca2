import { createHash, randomBytes } from 'node:crypto';
import type { Database, Transaction } from '../database/client.ts';
import { recordSupplierEvents } from '../ledger/record-supplier-events.ts';
import { MANUAL_SUPPLIER, syncWorkflowId } from '../domain/identity.ts';
import { formatTime, type Micros } from '../domain/time.ts';

export interface ManualEvent {
  seq: bigint;
  eventId: string;
  workflowId: string;
}

/** Puts a manual fix into the ledger as intake does with a supplier's event; what kind it is, the caller adds. */
export async function recordManualEvent(
  transaction: Transaction,
  fix: {
    kind: 'correct' | 'void';
    tenant: string;
    sku: string;
    quantity: number;
    updatedAt: Micros;
    now: Micros;
  },
): Promise<ManualEvent> {
  const { tenant, sku, quantity, updatedAt } = fix;
  const eventId = manualEventId(fix.kind, fix.now);
  const workflowId = syncWorkflowId({ tenant, supplier: MANUAL_SUPPLIER, eventId }, sha256);
  await recordSupplierEvents(transaction as Database, {
    tenant,
    supplier: MANUAL_SUPPLIER,
    events: [{ eventId, sku, quantity, updatedAt, workflowId }],
  });
  const { seq } = await transaction.supplierEvent.findUniqueOrThrow({
    where: {
      tenantId_supplierId_eventId: { tenantId: tenant, supplierId: MANUAL_SUPPLIER, eventId },
    },
    select: { seq: true },
  });
  return { seq, eventId, workflowId };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `correct-20261122T201157Z-5f3a9c21`: one sees when it was made, and no two are the same. */
function manualEventId(kind: string, now: Micros): string {
  const second = formatTime(now).slice(0, 19).replaceAll(/[-:]/g, '');
  return `${kind}-${second}Z-${randomBytes(4).toString('hex')}`;
}
