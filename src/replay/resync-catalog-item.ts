import type { NormalizedEvent, Resynced } from '../domain/sync-event.ts';
import { MissingRowError } from '../database/missing-row.ts';
import { ownRow, type NamedEvent } from '../ledger/named-event.ts';
import type { Database } from '../database/client.ts';

/**
 * Sends an event through a replay: holds its item against the whole ledger, and decides the event if it is not yet.
 * One round trip, one transaction. Run again, it changes nothing.
 */
export async function resyncCatalogItem(
  database: Database,
  request: NormalizedEvent & NamedEvent & { replayId: string; ruleId?: number },
): Promise<Resynced> {
  const rows = await database.$queryRaw<
    {
      outcome: Resynced['outcome'];
      rule: string | null;
      version: number | null;
      quantity: number;
      publish: boolean;
      lost_to_supplier: string | null;
      lost_to_event: string | null;
    }[]
  >`
    SELECT resynced.* FROM ${ownRow(request)}
     CROSS JOIN LATERAL resync_catalog_item(own.seq, ${request.itemId}, ${request.sku}, ${request.replayId},
                                                 ${request.ruleId ?? null}::integer) resynced`;
  const row = rows[0];
  if (!row) throw new MissingRowError(`event ${request.seq} is not in replay ${request.replayId}`);
  return {
    outcome: row.outcome,
    publish: row.publish,
    ...(row.rule !== null && { rule: row.rule as Resynced['rule'] & string }),
    ...(row.lost_to_event !== null && { lostTo: `${row.lost_to_supplier}/${row.lost_to_event}` }),
    ...(row.version !== null && { current: { version: row.version, quantity: row.quantity } }),
  };
}
