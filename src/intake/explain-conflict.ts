import type { Database } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import type { DeliveredEvent } from './read-delivery.ts';
import type { ShapeError } from './shape-errors.ts';

/**
 * Which fields of events differ from what was received before under the same ids.
 *
 * @returns a list for each event, in their order; empty for one whose first delivery has been pruned
 */
export async function explainConflicts(
  database: Database,
  owner: { tenant: string; supplier: string },
  events: readonly Pick<
    DeliveredEvent,
    'eventId' | 'sku' | 'quantity' | 'updatedAt' | 'location' | 'pointer'
  >[],
): Promise<ShapeError[][]> {
  const firsts = await database.supplierEvent.findMany({
    where: {
      tenantId: owner.tenant,
      supplierId: owner.supplier,
      eventId: { in: events.map(({ eventId }) => eventId) },
    },
    select: {
      ...{ eventId: true, sku: true, quantity: true, updatedAtUs: true, location: true },
      // What came by a code is held against what its supplier sent.
      code: { select: { code: true, quantity: true } },
    },
  });
  const byId = new Map(firsts.map((first) => [first.eventId, first]));
  return events.map((event) => {
    const first = byId.get(event.eventId);
    if (!first) return [];
    const fields: [string, string | number, string | number][] = [
      ['sku', first.code?.code ?? first.sku, event.sku],
      ['quantity', first.code?.quantity ?? first.quantity, event.quantity],
      ['updatedAt', formatTime(first.updatedAtUs), formatTime(event.updatedAt)],
      ['location', first.location, event.location],
    ];
    return fields
      .filter(([, before, now]) => before !== now)
      .map(([name, before]) => ({
        pointer: `${event.pointer}/${name}`,
        detail: `was ${JSON.stringify(before)} when this id was first received`,
      }));
  });
}
