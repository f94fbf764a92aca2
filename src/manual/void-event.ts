import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import { itemIdOf, MANUAL_SUPPLIER } from '../domain/identity.ts';
import { normalizeSku } from '../domain/normalize.ts';
import { formatTime } from '../domain/time.ts';
import { writeAudit } from '../database/audit.ts';
import { findArchived } from '../retention/find-archived.ts';
import { goneText } from './find-event.ts';
import {
  CORRECT_INSTEAD,
  ensureManualSupplier,
  ManualFixError,
  type ExplainedBy,
} from './manual-supplier.ts';
import { manualEvent } from './manual-event.ts';

export interface VoidRequest extends ExplainedBy {
  tenant: string;
  supplier: string;
  eventId: string;
}

export interface Voided {
  itemId: string;
  /** The void's own event. */
  supplier: string;
  eventId: string;
  workflowId: string;
  voided: { supplier: string; eventId: string };
  /** The version that it made; null when it changed nothing that a customer sees. */
  version: number | null;
  /** What the catalog says now; null for an item that no event was decided for. */
  item: { quantity: number; version: number; updatedAt: string; supplier: string; eventId: string } | null;
}

/**
 * Takes an event out of the contest for its item, at once and for good, with who and why. If it was the winner, the
 * best of the others takes the item over, and its workflow is started again to publish that. Audited.
 *
 * @throws ManualFixError when there is no such event, it was voided or rejected before, is a void itself, or is the
 *   last that stands for its item
 */
export function voidEvent(database: Database, request: VoidRequest): Promise<Voided> {
  const { tenant, supplier, eventId, reason, actor, origin } = request;
  return database.$transaction(
    async (transaction) => {
      await ensureManualSupplier(transaction, tenant, request);
      const target = await transaction.supplierEvent.findUnique({
        where: { tenantId_supplierId_eventId: { tenantId: tenant, supplierId: supplier, eventId } },
      });
      if (!target) {
        const [gone] = await findArchived(transaction, { eventId, supplier, tenants: [tenant] });
        throw new ManualFixError(
          gone ? goneText(gone) : `Supplier ${supplier} of tenant ${tenant} sent no event ${eventId}.`,
        );
      }
      const itemId = target.itemId ?? itemIdOf(tenant, normalizeSku(target.sku));
      const now = await databaseNow(transaction);
      const event = manualEvent({
        kind: 'void',
        tenant,
        sku: itemId.slice(tenant.length + 1),
        quantity: target.quantity,
        updatedAt: now,
        now,
      });
      const [applied] = await transaction.$queryRaw<{ verdict: VoidVerdict; version: number | null }[]>`
        SELECT verdict, version
          FROM void_event(${tenant}, ${supplier}, ${eventId}, ${event.json}::jsonb, ${reason}, ${actor})`;
      if (applied?.verdict !== 'voided') {
        throw new ManualFixError(await whyNot(transaction, applied?.verdict, request, itemId));
      }
      const row = await transaction.catalogItem.findUnique({ where: { itemId } });
      const item = row && {
        quantity: row.quantity,
        version: row.version,
        updatedAt: formatTime(row.updatedAtUs),
        supplier: row.supplierId,
        eventId: row.eventId,
      };
      await writeAudit(transaction, {
        tenant,
        actor,
        reason,
        origin,
        action: 'event.void',
        subject: `event/${tenant}/${supplier}/${eventId}`,
        after: { eventId: event.eventId, itemId, version: applied.version },
      });
      return {
        itemId,
        supplier: MANUAL_SUPPLIER,
        eventId: event.eventId,
        workflowId: event.workflowId,
        voided: { supplier, eventId },
        version: applied.version,
        item,
      };
    },
    { timeout: 20_000, maxWait: 5_000 },
  );
}

type VoidVerdict = 'voided' | 'voided_before' | 'not_contesting' | 'last';

async function whyNot(
  transaction: Transaction,
  verdict: VoidVerdict | undefined,
  { tenant, supplier, eventId }: VoidRequest,
  itemId: string,
): Promise<string> {
  const name = `Event ${eventId} of ${supplier}`;
  const target = await transaction.supplierEvent.findUniqueOrThrow({
    where: { tenantId_supplierId_eventId: { tenantId: tenant, supplierId: supplier, eventId } },
    include: { voidedBy: true },
  });
  switch (verdict) {
    case 'voided_before': {
      const by = target.voidedBy;
      const when = by ? ` by ${by.actor} at ${formatTime(by.receivedAtUs)}: ${by.reason}` : '';
      return `${name} is voided already${when}.`;
    }
    case 'last':
      return (
        `${name} is the last that stands for ${itemId}: without it there would be nothing to show.\n` +
        `${CORRECT_INSTEAD}; then this event can be voided.`
      );
    default:
      return whyNoPart(target.kind, name, itemId);
  }
}

function whyNoPart(kind: string, name: string, itemId: string): string {
  if (kind === 'void') {
    return `${name} is a void, which cannot be taken back. ${CORRECT_INSTEAD}.`;
  }
  if (kind === 'expiry') {
    return (
      `${name} is an expiry: the figure that it is about counts again when its supplier sends a newer one.\n` +
      `${CORRECT_INSTEAD}.`
    );
  }
  return `${name} was rejected: it takes no part in the contest for ${itemId}.`;
}
