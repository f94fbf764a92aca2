import type { Transaction } from '../database/client.ts';
import { BEGINNING, writeCursor } from './cursor.ts';

/**
 * The cursor of a tenant's last change that is told now: whoever reads the items after it, and the changes from it on,
 * misses nothing. It stands at a change, and not at a transaction's mere number, which a crash may give a second time.
 */
export async function readHead(database: Pick<Transaction, '$queryRaw'>, tenant: string): Promise<string> {
  const [row] = await database.$queryRaw<
    {
      generation: bigint;
      pruned: bigint;
      changeNo: bigint | null;
      itemId: string | null;
      version: number | null;
    }[]
  >`
    SELECT h.began_at_us AS generation, p.pruned, v.change_no AS "changeNo", v.item_id AS "itemId", v.version
      FROM ledger_home h
     CROSS JOIN (SELECT coalesce(sum(r.versions), 0)::bigint AS pruned FROM prune_run r WHERE r.tenant_id = ${tenant}) p
      LEFT JOIN LATERAL (
        SELECT x.change_no, x.item_id, x.version FROM catalog_item_version x
         WHERE split_part(x.item_id, ':', 1) = ${tenant}
           AND x.change_no < h.change_base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
         ORDER BY split_part(x.item_id, ':', 1) DESC, x.change_no DESC, x.item_id COLLATE "C" DESC, x.version DESC
         LIMIT 1) v ON true`;
  if (!row) throw new Error('ledger_home has no row');
  const { generation, pruned, changeNo, itemId, version } = row;
  return writeCursor({
    ...{ tenant, generation, pruned },
    changeNo: changeNo ?? BEGINNING.changeNo,
    itemId: itemId ?? BEGINNING.itemId,
    version: version ?? BEGINNING.version,
  });
}
