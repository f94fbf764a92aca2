import type { NormalizedEvent, Resynced } from '../domain/sync-event.ts';
import type { LosingRule, WinningRule } from '../domain/winner.ts';
import type { Database } from '../database/client.ts';

/**
 * Sends an event through a replay: holds its item against the whole ledger, and decides the event if it is not yet.
 * One round trip, one transaction. Run again, it changes nothing.
 */
export async function resyncCatalogItem(
  database: Database,
  request: NormalizedEvent & { seq: string; replayId: string },
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
    SELECT * FROM resync_catalog_item(${BigInt(request.seq)}, ${request.itemId}, ${request.sku}, ${request.replayId})`;
  const row = rows[0];
  if (!row) throw new Error(`event ${request.seq} is not in replay ${request.replayId}`);
  return {
    outcome: row.outcome,
    publish: row.publish,
    ...(row.rule !== null && { rule: row.rule as WinningRule | LosingRule }),
    ...(row.lost_to_event !== null && { lostTo: `${row.lost_to_supplier}/${row.lost_to_event}` }),
    ...(row.version !== null && { current: { version: row.version, quantity: row.quantity } }),
  };
}
