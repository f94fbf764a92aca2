import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { RefusedFault } from './refused-deliveries.ts';

interface Arrived {
  /** Names it among all that arrived. */
  key: string;
  at: Micros;
  supplier: string;
}

/** An event that came in, or came again. */
export interface ArrivedEvent extends Arrived {
  kind: 'accepted' | 'duplicate' | 'conflict';
  eventId: string;
  /** Of an accepted event; of a conflict, what was sent this time; null: of a duplicate, or not kept. */
  sku: string | null;
  quantity: number | null;
  updatedAt: Micros | null;
  location: string | null;
}

/** A delivery that was refused. */
export interface ArrivedRefusal extends Arrived {
  kind: 'refused';
  status: number;
  code: string;
  reason: string;
  faults: RefusedFault[];
  signed: boolean;
  unwritten: number;
}

export type Arrival = ArrivedEvent | ArrivedRefusal;

interface Row {
  kind: Arrival['kind'];
  id: bigint;
  at: bigint;
  supplier: string;
  event_id: string | null;
  sku: string | null;
  quantity: number | null;
  updated_at_us: bigint | null;
  location: string | null;
  refusal: Omit<ArrivedRefusal, keyof Arrived | 'kind'> | null;
}

/** What arrived of suppliers from a moment on, the oldest first: taken, taken again, or refused. */
export async function readArrivals(
  database: Database,
  { tenant, supplier, since }: { tenant: string; supplier?: string | undefined; since: Micros },
  limit: number,
): Promise<Arrival[]> {
  const of = (column: string): Prisma.Sql =>
    supplier === undefined ? Prisma.sql`true` : Prisma.sql`${Prisma.raw(column)} = ${supplier}`;
  const rows = await database.$queryRaw<Row[]>`
    (SELECT 'accepted' AS kind, e.seq AS id, e.received_at_us AS at, e.supplier_id AS supplier, e.event_id, e.sku,
            e.quantity, e.updated_at_us, nullif(e.location, '') AS location, NULL::jsonb AS refusal
       FROM supplier_event e
      WHERE e.tenant_id = ${tenant} AND e.received_at_us >= ${since} AND e.kind = 'update' AND ${of('e.supplier_id')}
      ORDER BY e.received_at_us, e.seq LIMIT ${limit}::integer)
    UNION ALL
    (SELECT CASE WHEN d.conflict THEN 'conflict' ELSE 'duplicate' END, d.id, d.received_at_us, e.supplier_id, e.event_id,
            d.content ->> 'sku', (d.content ->> 'quantity')::integer, (d.content ->> 'updatedAtUs')::bigint,
            d.content ->> 'location', NULL
       FROM duplicate_delivery d JOIN supplier_event e ON e.seq = d.seq
      WHERE e.tenant_id = ${tenant} AND d.received_at_us >= ${since} AND ${of('e.supplier_id')}
      ORDER BY d.received_at_us, d.id LIMIT ${limit}::integer)
    UNION ALL
    (SELECT 'refused', r.id, r.refused_at_us, r.supplier_id, NULL, NULL, NULL, NULL, NULL,
            jsonb_build_object('status', r.status, 'code', r.code, 'reason', r.reason, 'faults', r.faults,
                               'signed', r.signed, 'unwritten', r.unwritten)
       FROM refused_delivery r
      WHERE r.tenant_id = ${tenant} AND r.refused_at_us >= ${since} AND ${of('r.supplier_id')}
      ORDER BY r.refused_at_us, r.id LIMIT ${limit}::integer)
    ORDER BY at, kind, id LIMIT ${limit}::integer`;
  return rows.map(arrivalOf);
}

function arrivalOf({ kind, id, at, supplier, refusal, ...row }: Row): Arrival {
  const arrived = { key: `${kind} ${id}`, at, supplier };
  if (kind === 'refused') {
    if (refusal === null) throw new Error(`the refused delivery ${id} says nothing`);
    return { ...arrived, kind, ...refusal };
  }
  return {
    ...arrived,
    kind,
    eventId: row.event_id ?? '',
    sku: row.sku,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    location: row.location,
  };
}
