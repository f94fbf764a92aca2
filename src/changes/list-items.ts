import type { Database } from '../database/client.ts';
import { itemIdOf } from '../domain/identity.ts';
import type { Change } from './change.ts';
import { describeChanges, type ChangeRow } from './describe-changes.ts';

/**
 * A tenant's items after a SKU, by the bytes of their SKUs; of each the change that is its newest.
 *
 * @param after undefined: from the first
 */
export function listItems(
  database: Pick<Database, '$transaction'>,
  { tenant, after, limit }: { tenant: string; after: string | undefined; limit: number },
): Promise<{ items: Change[]; more: boolean }> {
  return database.$transaction(
    async (transaction) => {
      const rows = await transaction.$queryRaw<ChangeRow[]>`
        SELECT v.item_id, v.version, v.change_no, v.quantity, v.updated_at_us, v.rule, v.created_at_us, v.replay_id,
               v.stock_rule_id, v.stock, v.shares, e.supplier_id, e.event_id, e.kind
          FROM (SELECT i.item_id FROM catalog_item i
                 WHERE i.tenant_id = ${tenant} AND i.item_id COLLATE "C" > ${itemIdOf(tenant, after ?? '')}
                 ORDER BY i.item_id COLLATE "C"
                 LIMIT ${limit + 1}::integer) page
         CROSS JOIN LATERAL (SELECT x.* FROM catalog_item_version x
                              WHERE x.item_id = page.item_id ORDER BY x.version DESC LIMIT 1) v
          JOIN supplier_event e ON e.seq = v.event_seq
         ORDER BY v.item_id COLLATE "C"`;
      const items = await describeChanges(transaction, tenant, rows.slice(0, limit));
      return { items, more: rows.length > limit };
    },
    { isolationLevel: 'RepeatableRead', timeout: 20_000, maxWait: 5_000 },
  );
}
