import { createHash } from 'node:crypto';
import type { Database } from '../../src/database/client.ts';
import {
  recordSupplierEvents,
  type IncomingEvent,
  type Receipt,
} from '../../src/ledger/record-supplier-events.ts';
import { syncWorkflowId } from '../../src/domain/identity.ts';

/** Puts events into the ledger as the intake does. */
export function record(
  database: Database,
  tenant: string,
  supplier: string,
  events: readonly Omit<IncomingEvent, 'workflowId'>[],
): Promise<Receipt[]> {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  return recordSupplierEvents(database, {
    tenant,
    supplier,
    events: events.map((event) => ({
      ...event,
      workflowId: syncWorkflowId({ tenant, supplier, eventId: event.eventId }, sha256),
    })),
  });
}
