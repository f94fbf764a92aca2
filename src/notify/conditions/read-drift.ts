import type { Transaction } from '../../database/client.ts';
import type { Condition } from '../../domain/notify.ts';
import { pages } from '../pages.ts';

/** More SKUs than these tell nobody anything. */
const MOST_ITEMS = 10;

/** Tenants whose last completed sweep left something that is shown otherwise than the ledger says. */
export async function readDrift(database: Pick<Transaction, '$queryRaw'>): Promise<Condition[]> {
  const rows = await database.$queryRaw<
    { tenant: string; sweep: string; finished_at_us: bigint; count: number; items: string[] }[]
  >`
    SELECT s.tenant_id AS tenant, s.id AS sweep, s.finished_at_us, d.count, d.items
      FROM tenant t
     CROSS JOIN LATERAL (SELECT x.* FROM sweep x WHERE x.tenant_id = t.id AND x.state = 'completed'
                          ORDER BY x.finished_at_us DESC LIMIT 1) s
     CROSS JOIN LATERAL (
       SELECT count(*)::integer AS count,
              (array_agg(DISTINCT f.item_id COLLATE "C"))[1:${MOST_ITEMS}::integer] AS items
         FROM sweep_finding f WHERE f.sweep_id = s.id AND f.mended_at_us IS NULL) d
     WHERE d.count > 0
     ORDER BY t.id`;
  return rows.map(({ tenant, sweep, finished_at_us: since, count, items }) => ({
    kind: 'drift_found',
    key: `drift_found/${tenant}`,
    tenant,
    severity: 'ticket',
    owner: 'Storefront',
    subject: tenant,
    detail: `Sweep ${sweep} left ${count} ${count === 1 ? 'page' : 'pages'}: ${listOf(items, count)}.`,
    page: pages.storefronts(tenant),
    since,
  }));
}

function listOf(items: readonly string[], count: number): string {
  const names = items.map((item) => item.slice(item.indexOf(':') + 1)).join(', ');
  return count > items.length ? `${names} and others` : names;
}
