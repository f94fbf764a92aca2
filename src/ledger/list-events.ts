import type { FailureMode } from '../domain/failure-modes.ts';
import type { EventOutcome } from '../domain/event-outcome.ts';
import type { Micros } from '../domain/time.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from '../database/client.ts';
import { isNow, wentWrongBy } from './ledger-conditions.ts';
import { unreached } from './publishing-fails.ts';

export interface EventFilter {
  tenant: string;
  supplier?: string | undefined;
  outcome?: EventOutcome | undefined;
  failureMode?: FailureMode | undefined;
}

/** An event's place in the list. */
export interface EventPlace {
  receivedAt: Micros;
  seq: bigint;
}

export interface ListedEvent extends EventPlace {
  supplier: string;
  eventId: string;
  kind: 'update' | 'correction' | 'void' | 'expiry';
  /** The warehouse or shop; null: none is named. */
  location: string | null;
  sku: string;
  itemId: string | null;
  quantity: number;
  updatedAt: Micros;
  /** As it was sent, when digits finer than a microsecond were cut. */
  updatedAtSent: string | null;
  outcome: EventOutcome;
  failureMode: FailureMode | null;
  failureDetail: string | null;
  /** Further deliveries of its id: with the same content, and with another. */
  duplicates: number;
  conflicts: number;
  workflowId: string;
}

/** Lists a tenant's events, the newest arrival first. */
export async function listEvents(
  database: Database,
  filter: EventFilter,
  page: { before: EventPlace | undefined; limit: number },
): Promise<ListedEvent[]> {
  const conditions = [Prisma.sql`e.tenant_id = ${filter.tenant}`, ...narrowed(filter)];
  if (page.before) {
    conditions.push(Prisma.sql`(e.received_at_us, e.seq) < (${page.before.receivedAt}, ${page.before.seq})`);
  }
  const rows = await database.$queryRaw<
    {
      seq: bigint;
      supplier_id: string;
      event_id: string;
      kind: ListedEvent['kind'];
      sku: string;
      item_id: string | null;
      quantity: number;
      updated_at_us: bigint;
      updated_at_sent: string | null;
      location: string | null;
      received_at_us: bigint;
      outcome: EventOutcome;
      failure_mode: FailureMode | null;
      failure_detail: string | null;
      duplicates: number;
      conflicts: number;
      workflow_id: string;
    }[]
  >`
    WITH page AS MATERIALIZED (
      SELECT e.seq, e.supplier_id, e.event_id, e.kind, e.sku, e.item_id, e.quantity, e.updated_at_us, e.updated_at_sent,
             nullif(e.location, '') AS location, e.received_at_us, event_outcome(e) AS outcome, e.failure_detail, e.workflow_id,
             CASE WHEN is_unknown(e) THEN 'unknown_sku' ELSE e.failure_mode END AS failure_mode
        FROM supplier_event e
       WHERE ${Prisma.join(conditions, ' AND ')}
       ORDER BY e.received_at_us DESC, e.seq DESC
       LIMIT ${page.limit}::integer
    ), unreached AS MATERIALIZED (${unreached(filter.tenant, ON_PAGE)})
    SELECT p.seq, p.supplier_id, p.event_id, p.kind, p.sku, p.item_id, p.quantity, p.updated_at_us, p.updated_at_sent,
           p.location, p.received_at_us, p.outcome, p.workflow_id,
           coalesce(p.failure_mode, CASE WHEN u.seq IS NOT NULL THEN 'storefront_unreachable' END) AS failure_mode,
           coalesce(p.failure_detail, u.reason) AS failure_detail,
           coalesce(d.duplicates, 0) AS duplicates, coalesce(d.conflicts, 0) AS conflicts
      FROM page p
      LEFT JOIN LATERAL (
        SELECT x.seq, (SELECT a.reason FROM publish_attempt a
                        WHERE a.item_id = x.item_id AND a.version = x.version AND a.status = 'failed'
                        ORDER BY a.id DESC LIMIT 1) AS reason
          FROM unreached x WHERE x.seq = p.seq LIMIT 1) u ON true
      LEFT JOIN duplicate_count d ON d.seq = p.seq
     ORDER BY p.received_at_us DESC, p.seq DESC`;
  return rows.map((row) => ({
    seq: row.seq,
    supplier: row.supplier_id,
    eventId: row.event_id,
    kind: row.kind,
    sku: row.sku,
    itemId: row.item_id,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
    updatedAtSent: row.updated_at_sent,
    location: row.location,
    receivedAt: row.received_at_us,
    outcome: row.outcome,
    failureMode: row.failure_mode,
    failureDetail: row.failure_detail,
    duplicates: row.duplicates,
    conflicts: row.conflicts,
    workflowId: row.workflow_id,
  }));
}

/** With the storefront away, all of a tenant's versions may be unreached. */
const ON_PAGE = Prisma.sql`v.event_seq = ANY (ARRAY(SELECT p.seq FROM page p))`;

/** Of which events the signal of trace coverage speaks: whether they can be traced is asked of no others. */
const LATELY = Prisma.sql`(x.received_at_us > now_us() - 86400000000 OR x.decision IS NULL)`;

function narrowed({ tenant, supplier, outcome, failureMode }: EventFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = [];
  if (supplier !== undefined) conditions.push(Prisma.sql`e.supplier_id = ${supplier}`);
  if (failureMode !== undefined) conditions.push(wentWrongBy(failureMode, { tenant, narrowed: LATELY }));
  if (outcome !== undefined) conditions.push(isNow(outcome, tenant));
  return conditions;
}
