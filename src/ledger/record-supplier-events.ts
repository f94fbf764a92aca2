import type { Micros } from '../domain/time.ts';
import type { Database } from '../database/client.ts';
import { preparedQuery } from '../database/prepared-query.ts';
import { Prisma } from '../generated/prisma/client.ts';

export interface IncomingEvent {
  eventId: string;
  sku: string;
  /** Below 0: oversold. */
  quantity: number;
  updatedAt: Micros;
  /** As it was sent, when digits finer than a microsecond were cut. */
  updatedAtSent?: string | undefined;
  /** A warehouse or shop; undefined or empty: none is named. */
  location?: string | undefined;
  /** Fields that it had and that are not read: see ignored-fields.ts. */
  ignored?: readonly string[] | undefined;
  /** It is of the moment of its receipt: what is there by its id is the same, whenever it came. */
  atReceipt?: true | undefined;
  /** Of the span that takes it in; undefined: tracing is off. */
  traceparent?: string | undefined;
  /** `sync:…`, see identity.ts */
  workflowId: string;
}

export type ReceiptStatus = 'accepted' | 'duplicate' | 'conflict';

export interface Receipt {
  eventId: string;
  workflowId: string;
  status: ReceiptStatus;
}

/**
 * Puts one delivery of a supplier into the ledger, whole or not at all, and tells the starters.
 *
 * An event id that the ledger holds already is recorded as a duplicate delivery (or, with another content, as a
 * conflict) and has no other effect. Events that repeat within the delivery are folded in the same way.
 *
 * @returns one receipt an event, in the order given
 * @throws when the tenant or supplier does not exist, or the database does not answer
 */
export async function recordSupplierEvents(
  database: Database,
  delivery: { tenant: string; supplier: string; events: readonly IncomingEvent[] },
): Promise<Receipt[]> {
  const rows = delivery.events.map(({ updatedAt, location, ignored, ...event }) => ({
    ...event,
    updatedAtUs: updatedAt.toString(),
    // What most events do not have is not sent at all.
    location: location === '' ? undefined : location,
    ignored: ignored?.length === 0 ? undefined : ignored,
  }));
  const receipts = await preparedQuery<{ event_id: string; workflow_id: string; status: ReceiptStatus }>(
    database,
    Prisma.sql`
    SELECT event_id, workflow_id, status
      FROM record_supplier_events(${delivery.tenant}, ${delivery.supplier}, ${JSON.stringify(rows)}::jsonb)`,
  );
  return receipts.map((row) => ({ eventId: row.event_id, workflowId: row.workflow_id, status: row.status }));
}
