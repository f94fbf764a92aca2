import type { Database } from '../database/client.ts';
import { isStorable } from '../domain/safe-text.ts';
import { archivedWords, type ArchivedAt } from '../retention/archive-words.ts';
import { findArchived } from '../retention/find-archived.ts';
import { CORRECT_INSTEAD, ManualFixError } from './manual-supplier.ts';

export interface EventKey {
  tenant: string;
  supplier: string;
  eventId: string;
}

/** Says of an event that was pruned that there is nothing to void. */
export function goneText(gone: ArchivedAt & EventKey): string {
  return (
    `Event ${gone.eventId} of ${gone.supplier} has left the ledger: ${archivedWords(gone)}.\n` +
    `It takes part in no contest any more. ${CORRECT_INSTEAD}.`
  );
}

/**
 * The one event that an id means, among those of the tenant and supplier given.
 *
 * @throws ManualFixError for none, and for several: each supplier's ids are its own
 */
export async function findTheEvent(
  database: Database,
  wanted: { eventId: string; tenant?: string | undefined; supplier?: string | undefined },
): Promise<EventKey> {
  const { eventId, tenant, supplier } = wanted;
  const rows = isStorable(eventId)
    ? await database.$queryRaw<{ tenant_id: string; supplier_id: string }[]>`
        SELECT e.tenant_id, e.supplier_id
          FROM supplier s
          JOIN supplier_event e ON e.tenant_id = s.tenant_id AND e.supplier_id = s.id AND e.event_id = ${eventId}
         WHERE (${tenant ?? null}::text IS NULL OR s.tenant_id = ${tenant ?? null}::text)
           AND (${supplier ?? null}::text IS NULL OR s.id = ${supplier ?? null}::text)
         ORDER BY 1, 2 LIMIT 10`
    : [];
  const [first, ...others] = rows.map((row) => ({
    tenant: row.tenant_id,
    supplier: row.supplier_id,
    eventId,
  }));
  if (!first) {
    const [gone] = await findArchived(database, {
      eventId,
      supplier,
      tenants: tenant === undefined ? undefined : [tenant],
    });
    if (gone) throw new ManualFixError(goneText(gone));
    throw new ManualFixError(
      `No event is known as ${JSON.stringify(eventId)}; \`catalog-sync trace\` finds an item's events.`,
    );
  }
  if (others.length > 0) {
    const list = [first, ...others].map((one) => `  --tenant ${one.tenant} --supplier ${one.supplier}`);
    throw new ManualFixError(
      `Several suppliers sent an event ${eventId}; say which is meant:\n${list.join('\n')}`,
    );
  }
  return first;
}
