import { createHash, randomBytes } from 'node:crypto';
import { MANUAL_SUPPLIER, syncWorkflowId } from '../domain/identity.ts';
import { formatTime, type Micros } from '../domain/time.ts';

export interface ManualEvent {
  eventId: string;
  workflowId: string;
  /** As the functions of the database take it that put it into the ledger. */
  json: string;
}

/** A manual fix as an event of the supplier `manual`, not yet in the ledger. */
export function manualEvent(fix: {
  kind: 'correct' | 'void';
  tenant: string;
  sku: string;
  quantity: number;
  updatedAt: Micros;
  now: Micros;
}): ManualEvent {
  const { tenant, sku, quantity, updatedAt } = fix;
  const eventId = manualEventId(fix.kind, fix.now);
  const workflowId = syncWorkflowId({ tenant, supplier: MANUAL_SUPPLIER, eventId }, sha256);
  const json = JSON.stringify({ eventId, sku, quantity, updatedAtUs: updatedAt.toString(), workflowId });
  return { eventId, workflowId, json };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `correct-20261122T201157Z-5f3a9c21`: one sees when it was made, and no two are the same. */
function manualEventId(kind: string, now: Micros): string {
  const second = formatTime(now).slice(0, 19).replaceAll(/[-:]/g, '');
  return `${kind}-${second}Z-${randomBytes(4).toString('hex')}`;
}
