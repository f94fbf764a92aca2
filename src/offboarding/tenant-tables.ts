import type { Database } from '../database/client.ts';

export interface TenantTable {
  name: string;
  /** Which rows `x` are the tenant's, `$1`. */
  where: string;
  /** What is not given away: a secret, or its hash. */
  without?: readonly string[];
}

const OF_TENANT = 'x.tenant_id = $1';
const OF_EVENT = 'x.seq IN (SELECT e.seq FROM supplier_event e WHERE e.tenant_id = $1)';
const OF_REPLAY = 'x.replay_id IN (SELECT r.id FROM replay r WHERE r.tenant_id = $1)';
const OF_RUN = 'x.run_id IN (SELECT r.id FROM feed_run r WHERE r.tenant_id = $1)';
const OF_PRUNE = 'x.prune_id IN (SELECT r.id FROM prune_run r WHERE r.tenant_id = $1)';

/** All that is kept of a tenant, but for the audit list. A test holds it against the tables that there are. */
export const TENANT_TABLES: readonly TenantTable[] = [
  { name: 'tenant', where: 'x.id = $1' },
  { name: 'storefront', where: OF_TENANT, without: ['secret', 'secret_before'] },
  { name: 'stock_rule', where: OF_TENANT },
  { name: 'supplier', where: OF_TENANT },
  { name: 'ignored_field', where: OF_TENANT },
  { name: 'refused_delivery', where: OF_TENANT },
  { name: 'sku_alias', where: OF_TENANT },
  { name: 'supplier_secret', where: OF_TENANT, without: ['ciphertext'] },
  { name: 'api_token', where: OF_TENANT, without: ['token_hash', 'former_hash'] },
  { name: 'console_session', where: OF_TENANT, without: ['session_hash'] },
  { name: 'supplier_event', where: OF_TENANT },
  { name: 'event_code', where: OF_TENANT },
  { name: 'freshest_event', where: OF_TENANT },
  { name: 'duplicate_delivery', where: OF_EVENT },
  { name: 'duplicate_count', where: OF_EVENT },
  { name: 'catalog_item', where: OF_TENANT },
  {
    name: 'catalog_item_version',
    where: 'x.event_seq IN (SELECT e.seq FROM supplier_event e WHERE e.tenant_id = $1)',
  },
  { name: 'publish_attempt', where: OF_TENANT },
  { name: 'replay', where: OF_TENANT },
  { name: 'replay_event', where: OF_REPLAY },
  { name: 'replay_item', where: OF_REPLAY },
  { name: 'sweep', where: OF_TENANT },
  { name: 'sweep_finding', where: 'x.sweep_id IN (SELECT s.id FROM sweep s WHERE s.tenant_id = $1)' },
  { name: 'feed', where: OF_TENANT },
  { name: 'feed_version', where: OF_TENANT, without: ['secrets'] },
  { name: 'feed_run', where: OF_TENANT },
  { name: 'feed_file', where: OF_RUN },
  { name: 'feed_refusal', where: OF_RUN },
  { name: 'feed_run_item', where: OF_RUN },
  { name: 'feed_event', where: OF_EVENT },
  { name: 'signal_sample', where: OF_TENANT },
  { name: 'storefront_probe', where: "starts_with(x.item_id, $1 || ':')" },
  { name: 'checklist_item', where: OF_TENANT },
  { name: 'gate_watch', where: OF_TENANT },
  { name: 'gate_request', where: OF_TENANT },
  { name: 'trace_review', where: OF_TENANT },
  { name: 'archived_rival', where: OF_PRUNE },
  { name: 'prune_run', where: OF_TENANT },
  { name: 'pruned_event', where: OF_PRUNE },
];

/** What stays when a tenant is erased. */
export const KEPT_TABLES: readonly string[] = ['prune_run', 'pruned_event'];

/** How many rows of each table an erasure would take; tables without any are left out. */
export async function countTenantRows(
  database: Pick<Database, '$queryRawUnsafe'>,
  tenant: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, where } of TENANT_TABLES) {
    if (KEPT_TABLES.includes(name)) continue;
    const [row] = await database.$queryRawUnsafe<{ count: bigint }[]>(
      `SELECT count(*) AS count FROM ${name} x WHERE ${where.replaceAll('$1', '$1::text')}`,
      tenant,
    );
    if (row && row.count > 0n) counts[name] = Number(row.count);
  }
  return counts;
}
