import type { Database } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import type { DeliveredEvent } from './read-delivery.ts';
import type { ShapeError } from './shape-errors.ts';

/** Which fields of an event differ from the one that was received before under the same id. */
export async function explainConflict(
  database: Database,
  owner: { tenant: string; supplier: string },
  event: DeliveredEvent,
): Promise<ShapeError[]> {
  const first = await database.supplierEvent.findUnique({
    where: {
      tenantId_supplierId_eventId: {
        tenantId: owner.tenant,
        supplierId: owner.supplier,
        eventId: event.eventId,
      },
    },
  });
  if (!first) return [];
  const fields: [string, string | number, string | number][] = [
    ['sku', first.sku, event.sku],
    ['quantity', first.quantity, event.quantity],
    ['updatedAt', formatTime(first.updatedAtUs), formatTime(event.updatedAt)],
  ];
  return fields
    .filter(([, before, now]) => before !== now)
    .map(([name, before]) => ({
      pointer: `${event.pointer}/${name}`,
      detail: `was ${JSON.stringify(before)} when this id was first received`,
    }));
}
