import { Prisma } from '../generated/prisma/client.ts';

/** An event by its row and, if they are given, by its names. */
export interface NamedEvent {
  seq: string;
  tenant?: string;
  supplier?: string;
  eventId?: string;
}

/**
 * The row of an event as `own.seq`, if it is that event's: a ledger that was put back from a backup may have given its
 * number to another one.
 */
export function ownRow({ seq, tenant, supplier, eventId }: NamedEvent): Prisma.Sql {
  const named =
    eventId === undefined
      ? Prisma.empty
      : Prisma.sql`AND e.tenant_id = ${tenant} AND e.supplier_id = ${supplier} AND e.event_id = ${eventId}`;
  return Prisma.sql`(SELECT e.seq FROM supplier_event e WHERE e.seq = ${BigInt(seq)} ${named}) own`;
}
