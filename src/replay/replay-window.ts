import { supplierRules } from '../sku-rule/supplier-rules.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import { itemIdOf } from '../domain/identity.ts';
import { normalizeEvent, normalizeSku, type Normalized } from '../domain/normalize.ts';
import type { EventOutcome } from '../domain/event-outcome.ts';
import type { ReplayPosition, WindowTime } from '../domain/replay.ts';
import { type Micros } from '../domain/time.ts';
import type { Contender } from '../domain/winner.ts';
import type { Database } from '../database/client.ts';
import { isNow, wentWrongBy } from '../ledger/ledger-conditions.ts';

/** Which events a replay goes through. */
export interface ReplayWindow {
  tenant: string;
  supplier?: string | undefined;
  /** Normalized. */
  sku?: string | undefined;
  /** What the event is now. */
  outcome?: EventOutcome | undefined;
  failureMode?: FailureMode | undefined;
  by: WindowTime;
  /** Inclusive. */
  since: Micros;
  /** Exclusive. */
  until: Micros;
  /** When the window was frozen: what was received later is not in it, whatever its updatedAt. */
  asOf: Micros;
}

/** The suppliers' rules when a replay began, by supplier. */
export type FrozenRules = Record<
  string,
  { skuPattern: string; clockToleranceSeconds: number; ruleId?: number }
>;

export interface WindowEvent extends Contender {
  seq: bigint;
  orderUs: Micros;
  /** As it arrived. */
  sku: string;
  normalized: Normalized;
  itemId: string | undefined;
  /** A warehouse or shop; empty: its supplier names none. */
  location: string;
  /** Of one that says that a figure is too old: which. */
  expires: bigint | undefined;
  /** Undecided, or rejected before; and neither a void nor voided. */
  open: boolean;
  /** Whether its tenant's and supplier's flags are open. */
  flows: boolean;
}

export interface WindowPage {
  events: WindowEvent[];
  /** Undefined after the last page. */
  next: ReplayPosition | undefined;
}

type Reader = Pick<Database, '$queryRaw'>;

const PAGE = 1_000;

/**
 * Reads a page of a window's events by key, in the window's order, and normalizes each that was not judged before by
 * its supplier's rules: today's unless `window.rules` gives others.
 */
export async function readWindowPage(
  database: Reader,
  window: ReplayWindow & { rules?: FrozenRules },
  after?: ReplayPosition,
  limit = PAGE,
): Promise<WindowPage> {
  const time = timeOf(window.by);
  const rows = await database.$queryRaw<
    {
      seq: bigint;
      order_us: bigint;
      supplier_id: string;
      event_id: string;
      sku: string;
      quantity: number;
      updated_at_us: bigint;
      received_at_us: bigint;
      location: string;
      expires: bigint | null;
      open: boolean;
      flows: boolean;
      judged_item_id: string | null;
      sku_pattern: string;
      clock_tolerance_seconds: number;
    }[]
  >`
    SELECT e.seq, ${time} AS order_us, e.supplier_id, e.event_id, e.sku, e.quantity, e.updated_at_us,
           e.received_at_us, s.sku_pattern, s.clock_tolerance_seconds, e.location,
           CASE WHEN e.kind = 'expiry' THEN e.target_seq END AS expires, is_open(e) AS open,
           event_flows(e.tenant_id, e.supplier_id) AS flows, CASE WHEN is_judged(e) THEN e.item_id END AS judged_item_id
      FROM supplier_event e
      JOIN supplier s ON s.tenant_id = e.tenant_id AND s.id = e.supplier_id
     WHERE ${within(window)}
       ${after ? Prisma.sql`AND (${time}, e.seq) > (${BigInt(after.orderUs)}, ${BigInt(after.seq)})` : Prisma.empty}
     ORDER BY ${time}, e.seq
     LIMIT ${limit}`;
  const last = rows.at(-1);
  const events = rows.map((row): WindowEvent => {
    const judged = row.judged_item_id?.slice(window.tenant.length + 1);
    const normalized: Normalized =
      judged !== undefined
        ? { ok: true, sku: judged }
        : normalizeEvent(
            { sku: row.sku, updatedAt: row.updated_at_us, receivedAt: row.received_at_us },
            supplierRules(
              window.rules?.[row.supplier_id] ?? {
                skuPattern: row.sku_pattern,
                clockToleranceSeconds: row.clock_tolerance_seconds,
              },
            ),
          );
    return {
      seq: row.seq,
      orderUs: row.order_us,
      supplier: row.supplier_id,
      eventId: row.event_id,
      sku: row.sku,
      quantity: row.quantity,
      updatedAt: row.updated_at_us,
      normalized,
      itemId: normalized.ok ? itemIdOf(window.tenant, normalized.sku) : undefined,
      location: row.location,
      expires: row.expires ?? undefined,
      open: row.open,
      flows: row.flows,
    };
  });
  return {
    // Only the code knows how a SKU is normalized; the database leaves out what it knows to be another item's.
    events: window.sku === undefined ? events : events.filter(({ sku }) => normalizeSku(sku) === window.sku),
    next:
      rows.length === limit && last
        ? { orderUs: last.order_us.toString(), seq: last.seq.toString() }
        : undefined,
  };
}

/** Counts the events of a window. */
export async function countWindow(database: Reader, window: ReplayWindow): Promise<number> {
  if (window.sku === undefined) {
    const [row] = await database.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) AS count FROM supplier_event e WHERE ${within(window)}`;
    return Number(row?.count ?? 0);
  }
  let count = 0;
  let position: ReplayPosition | undefined;
  do {
    const page = await readWindowPage(database, window, position);
    count += page.events.length;
    position = page.next;
  } while (position);
  return count;
}

/** @param row how the query calls the ledger's row */
function timeOf(by: WindowTime, row: 'e' | 'x' = 'e'): Prisma.Sql {
  return Prisma.raw(by === 'received_at' ? `${row}.received_at_us` : `${row}.updated_at_us`);
}

function within(window: ReplayWindow): Prisma.Sql {
  const time = timeOf(window.by);
  const conditions = [
    Prisma.sql`e.tenant_id = ${window.tenant}`,
    Prisma.sql`${time} >= ${window.since}`,
    Prisma.sql`${time} < ${window.until}`,
    Prisma.sql`e.received_at_us < ${window.asOf}`,
    // What its code is, nobody knows yet.
    Prisma.sql`NOT is_unknown(e)`,
  ];
  if (window.supplier !== undefined) conditions.push(Prisma.sql`e.supplier_id = ${window.supplier}`);
  if (window.sku !== undefined) {
    const itemId = itemIdOf(window.tenant, window.sku);
    conditions.push(Prisma.sql`(e.item_id = ${itemId} OR e.item_id IS NULL)`);
  }
  if (window.outcome !== undefined) conditions.push(isNow(window.outcome, window.tenant));
  if (window.failureMode !== undefined) {
    const narrowed = Prisma.sql`${timeOf(window.by, 'x')} >= ${window.since} AND ${timeOf(window.by, 'x')} < ${window.until}`;
    conditions.push(wentWrongBy(window.failureMode, { tenant: window.tenant, narrowed }));
  }
  return Prisma.join(conditions, ' AND ');
}
