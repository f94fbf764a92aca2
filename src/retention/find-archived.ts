import type { Transaction } from '../database/client.ts';
import { NAME } from '../domain/identity.ts';
import { isStorable } from '../domain/safe-text.ts';
import type { ArchivedAt } from './archive-words.ts';

export interface ArchivedEvent extends ArchivedAt {
  tenant: string;
  supplier: string;
  eventId: string;
}

/** The events of an id that were pruned: of each supplier one at most, whose tombstone is looked up. */
export async function findArchived(
  database: Pick<Transaction, '$queryRaw'>,
  wanted: { eventId: string; tenants?: readonly string[] | undefined; supplier?: string | undefined },
): Promise<ArchivedEvent[]> {
  const { eventId, tenants, supplier } = wanted;
  const names = [...(tenants ?? []), ...(supplier === undefined ? [] : [supplier])];
  if (!isStorable(eventId) || !names.every((name) => NAME.test(name))) return [];
  const rows = await database.$queryRaw<
    { tenant_id: string; supplier_id: string; archive: string | null; file: number | null; at_us: bigint }[]
  >`
    SELECT s.tenant_id, s.id AS supplier_id, r.archive, t.file, r.started_at_us AS at_us
      FROM supplier s
      JOIN pruned_event t ON t.key = event_key(s.tenant_id, s.id, ${eventId})
      JOIN prune_run r ON r.id = t.prune_id
     WHERE (${tenants === undefined} OR s.tenant_id = ANY (${[...(tenants ?? [])]}::text[]))
       AND (${supplier ?? null}::text IS NULL OR s.id = ${supplier ?? null}::text)
     ORDER BY 1, 2`;
  return rows.map((row) => ({
    tenant: row.tenant_id,
    supplier: row.supplier_id,
    eventId,
    archive: row.archive,
    file: row.file,
    at: row.at_us,
  }));
}
