import { fateOf, type Fate } from '../domain/fate.ts';
import { itemIdOf } from '../domain/identity.ts';
import { normalizeSku } from '../domain/normalize.ts';
import type { Micros } from '../domain/time.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from '../database/client.ts';
import type { EventPlace } from './list-events.ts';

/** Whose events these are. */
export interface Owner {
  tenant: string;
  supplier: string;
}

/** An event as its own supplier may see it: nothing of it tells of another supplier's. */
export interface OwnEvent extends EventPlace {
  eventId: string;
  sku: string;
  location: string | null;
  quantity: number;
  updatedAt: Micros;
  updatedAtSent: string | null;
  fate: Fate;
  /** The supplier's own event that counts for the same item and location. */
  standing: string | null;
  /** Of a rejected one: how it went wrong, and in words. Of a held one: `unknown_sku`, or nothing went wrong. */
  failureMode: string | null;
  failureDetail: string | null;
  /** Further deliveries of its id: with the same content, and with another. */
  duplicates: number;
  conflicts: number;
}

/** What a supplier says of an item now, of one location. */
export interface OwnFigure {
  location: string | null;
  eventId: string;
  quantity: number;
  updatedAt: Micros;
  expired: boolean;
}

interface Row {
  seq: bigint;
  event_id: string;
  sku: string;
  location: string;
  quantity: number;
  updated_at_us: bigint;
  updated_at_sent: string | null;
  received_at_us: bigint;
  decided: 'rejected' | 'counted' | null;
  withdrawn: boolean;
  expired: boolean;
  held: boolean;
  due: boolean;
  standing: string | null;
  failure_mode: string | null;
  failure_detail: string | null;
  duplicates: number;
  conflicts: number;
}

/** Lists a supplier's own events, the newest arrival first. */
export async function listOwnEvents(
  database: Database,
  { tenant, supplier, sku }: Owner & { sku?: string | undefined },
  { before, limit }: { before: EventPlace | undefined; limit: number },
): Promise<OwnEvent[]> {
  const conditions = [Prisma.sql`true`];
  if (sku !== undefined) {
    conditions.push(
      Prisma.sql`(e.item_id = ${itemIdOf(tenant, normalizeSku(sku))} OR e.item_id IS NULL AND e.sku = ${sku})`,
    );
  }
  if (before) conditions.push(Prisma.sql`(e.received_at_us, e.seq) < (${before.receivedAt}, ${before.seq})`);
  return read(database, { tenant, supplier }, Prisma.join(conditions, ' AND '), limit);
}

/** One of a supplier's own events; undefined: there is none of that id. */
export async function findOwnEvent(
  database: Database,
  owner: Owner,
  eventId: string,
): Promise<OwnEvent | undefined> {
  const [event] = await read(database, owner, Prisma.sql`e.event_id = ${eventId}`, 1);
  return event;
}

/** What a supplier says of an event's item now, a figure a location. */
export async function ownFigures(database: Database, owner: Owner, seq: bigint): Promise<OwnFigure[]> {
  const rows = await database.$queryRaw<
    { location: string; event_id: string; quantity: number; updated_at_us: bigint; expired: boolean }[]
  >`
    SELECT DISTINCT ON (x.location) x.location, x.event_id, x.quantity, x.updated_at_us,
           x.expired_by_seq IS NOT NULL AS expired
      FROM supplier_event x
     WHERE x.item_id = (SELECT e.item_id FROM supplier_event e WHERE e.seq = ${seq})
       AND x.tenant_id = ${owner.tenant} AND x.supplier_id = ${owner.supplier}
       AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
     ORDER BY x.location, x.updated_at_us DESC, x.quantity, x.event_id DESC`;
  return rows.map((row) => ({
    location: row.location === '' ? null : row.location,
    eventId: row.event_id,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    expired: row.expired,
  }));
}

/** Only with columns that the role of a supplier's token may read: see EVENT_SHOWN in rights.ts. */
async function read(
  database: Database,
  { tenant, supplier }: Owner,
  condition: Prisma.Sql,
  limit: number,
): Promise<OwnEvent[]> {
  const rows = await database.$queryRaw<Row[]>`
    WITH page AS MATERIALIZED (
      SELECT e.seq, e.event_id, e.sku, e.item_id, e.location, e.quantity, e.updated_at_us, e.updated_at_sent,
             e.received_at_us,
             CASE WHEN e.decision = 'rejected' THEN 'rejected' WHEN e.decision IS NOT NULL THEN 'counted' END AS decided,
             e.voided_by_seq IS NOT NULL AS withdrawn, e.expired_by_seq IS NOT NULL AS expired,
             e.held_at_us IS NOT NULL AS held, e.start_due_us IS NOT NULL AS due,
             -- What else went wrong is of the version that it made, and so tells whether it won.
             CASE WHEN e.decision = 'rejected' THEN e.failure_mode
                  -- As is_unknown says it, which would read what the role of a supplier's token may not.
                  WHEN e.held_at_us IS NOT NULL AND e.item_id IS NULL AND e.start_due_us IS NULL
                       AND e.decision IS NULL AND e.voided_by_seq IS NULL THEN 'unknown_sku'
             END AS failure_mode,
             CASE WHEN e.decision = 'rejected' THEN e.failure_detail END AS failure_detail
        FROM supplier_event e
       WHERE e.tenant_id = ${tenant} AND e.supplier_id = ${supplier} AND e.kind = 'update' AND ${condition}
       ORDER BY e.received_at_us DESC, e.seq DESC
       LIMIT ${limit}::integer)
    SELECT p.*, s.event_id AS standing, coalesce(d.duplicates, 0) AS duplicates, coalesce(d.conflicts, 0) AS conflicts
      FROM page p
      LEFT JOIN LATERAL (
        SELECT x.event_id FROM supplier_event x
         WHERE x.item_id = p.item_id AND x.tenant_id = ${tenant} AND x.supplier_id = ${supplier}
           AND x.location = p.location AND x.decision IN ('won', 'superseded') AND x.voided_by_seq IS NULL
         ORDER BY x.updated_at_us DESC, x.quantity, x.event_id DESC
         LIMIT 1) s ON true
      LEFT JOIN duplicate_count d ON d.seq = p.seq
     ORDER BY p.received_at_us DESC, p.seq DESC`;
  return rows.map((row) => ({
    seq: row.seq,
    receivedAt: row.received_at_us,
    eventId: row.event_id,
    sku: row.sku,
    location: row.location === '' ? null : row.location,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    updatedAtSent: row.updated_at_sent,
    fate: fateOf(row.event_id, row),
    standing: row.standing,
    failureMode: row.failure_mode,
    failureDetail: row.failure_detail,
    duplicates: row.duplicates,
    conflicts: row.conflicts,
  }));
}
