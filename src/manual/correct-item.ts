import { supplierRules } from '../sku-rule/supplier-rules.ts';
import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import { itemIdOf, MANUAL_SUPPLIER, SKU_BYTES } from '../domain/identity.ts';
import { isStorable } from '../domain/safe-text.ts';
import { normalizeEvent, normalizeSku } from '../domain/normalize.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { utf8Length } from '../domain/utf8.ts';
import { compareContenders, type Contender } from '../domain/winner.ts';
import { writeAudit } from '../database/audit.ts';
import { ensureManualSupplier, ManualFixError, type ExplainedBy } from './manual-supplier.ts';
import { manualEvent } from './manual-event.ts';

export interface Correction extends ExplainedBy {
  tenant: string;
  /** As a supplier would send it; it is normalized. */
  sku: string;
  quantity: number;
  /** Undefined: now. */
  updatedAt?: Micros | undefined;
  /** The item may be one of which nobody heard before. */
  newItem?: boolean | undefined;
}

export interface Corrected {
  itemId: string;
  supplier: string;
  eventId: string;
  workflowId: string;
  quantity: number;
  updatedAt: string;
  /** A flag is closed: the correction waits for it. */
  held: boolean;
  /** The event that it will lose to, as things stand. */
  losesTo: { supplier: string; eventId: string; updatedAt: string } | null;
}

/** Nobody ever heard of the item, so its SKU is likely misspelled. */
export class UnknownItemError extends ManualFixError {
  override name = 'UnknownItemError';
}

/**
 * Records a correction: an event of the supplier `manual`, with who and why, which then goes the way of all events and
 * competes like any. Audited.
 *
 * @throws ManualFixError when it could not win anything: an unknown tenant or item, a SKU or time that normalize
 *   would reject
 */
export function correctItem(database: Database, correction: Correction): Promise<Corrected> {
  const { tenant, quantity, reason, actor, origin } = correction;
  return database.$transaction(
    async (transaction) => {
      await ensureManualSupplier(transaction, tenant, correction);
      const sku = normalizeSku(correction.sku);
      const itemId = itemIdOf(tenant, sku);
      const now = await databaseNow(transaction);
      const updatedAt = correction.updatedAt ?? now;
      await checkEvent(transaction, tenant, { sku: correction.sku, updatedAt, receivedAt: now });
      if (!correction.newItem && !(await isKnown(transaction, itemId))) {
        throw new UnknownItemError(`No item and no event is known as ${itemId}.`);
      }
      const event = manualEvent({ kind: 'correct', tenant, sku, quantity, updatedAt, now });
      await transaction.$queryRaw`
        SELECT record_correction(${tenant}, ${event.json}::jsonb, ${reason}, ${actor})::text`;
      const before = await transaction.catalogItem.findUnique({ where: { itemId } });
      await writeAudit(transaction, {
        tenant,
        actor,
        reason,
        origin,
        action: 'item.correct',
        subject: `item/${itemId}`,
        ...(before && { before: { quantity: before.quantity, updatedAt: formatTime(before.updatedAtUs) } }),
        after: { quantity, updatedAt: formatTime(updatedAt), eventId: event.eventId },
      });
      const fix: Contender = { supplier: MANUAL_SUPPLIER, eventId: event.eventId, quantity, updatedAt };
      return {
        itemId,
        supplier: MANUAL_SUPPLIER,
        eventId: event.eventId,
        workflowId: event.workflowId,
        quantity,
        updatedAt: formatTime(updatedAt),
        held: !(await flows(transaction, tenant)),
        losesTo: await greaterThan(transaction, itemId, fix),
      };
    },
    { timeout: 20_000, maxWait: 5_000 },
  );
}

async function checkEvent(
  transaction: Transaction,
  tenant: string,
  event: { sku: string; updatedAt: Micros; receivedAt: Micros },
): Promise<void> {
  if (!isStorable(event.sku) || utf8Length(event.sku) > SKU_BYTES) {
    throw new ManualFixError(`A SKU has at most ${SKU_BYTES} bytes and no control characters.`);
  }
  const supplier = await transaction.supplier.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: tenant, id: MANUAL_SUPPLIER } },
  });
  const normalized = normalizeEvent(event, supplierRules(supplier));
  if (!normalized.ok) throw new ManualFixError(`It would be rejected: ${normalized.detail}.`);
}

async function isKnown(transaction: Transaction, itemId: string): Promise<boolean> {
  if (await transaction.catalogItem.findUnique({ where: { itemId }, select: { itemId: true } })) return true;
  return (await transaction.supplierEvent.findFirst({ where: { itemId }, select: { seq: true } })) !== null;
}

async function flows(transaction: Transaction, tenant: string): Promise<boolean> {
  const rows = await transaction.$queryRaw<{ flows: boolean }[]>`
    SELECT event_flows(${tenant}, ${MANUAL_SUPPLIER}) AS flows`;
  return rows[0]?.flows === true;
}

/** Whoever leads the item: a correction sets it only as the greatest of all events that stand for it. */
async function greaterThan(
  transaction: Transaction,
  itemId: string,
  fix: Contender,
): Promise<Corrected['losesTo']> {
  const [row] = await transaction.$queryRaw<
    { supplier_id: string; event_id: string; quantity: number; updated_at_us: bigint }[]
  >`SELECT supplier_id, event_id, quantity, updated_at_us FROM contending_events(${itemId}) LIMIT 1`;
  if (!row) return null;
  const greatest: Contender = {
    supplier: row.supplier_id,
    eventId: row.event_id,
    quantity: row.quantity,
    updatedAt: row.updated_at_us,
  };
  if (compareContenders(fix, greatest) > 0) return null;
  return {
    supplier: greatest.supplier,
    eventId: greatest.eventId,
    updatedAt: formatTime(greatest.updatedAt),
  };
}
