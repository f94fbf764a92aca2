import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';

export interface TableUse {
  table: string;
  /** With its indexes. */
  bytes: number;
  /** As PostgreSQL estimates them. */
  rows: number;
}

export interface DiskUse {
  bytes: number;
  /** The greatest first. */
  tables: TableUse[];
  oldestEvent: Micros | undefined;
}

/** What the catalog's tables take on the disk, and since when the ledger goes. */
export async function readDiskUse(database: Pick<Database, '$queryRaw'>): Promise<DiskUse> {
  const rows = await database.$queryRaw<{ name: string; bytes: bigint; tuples: number }[]>`
    SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes, greatest(c.reltuples, 0)::float8 AS tuples
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
     ORDER BY 2 DESC, 1`;
  const tables = rows.map(({ name, bytes, tuples }) => ({
    table: name,
    bytes: Number(bytes),
    rows: Math.round(tuples),
  }));
  // A tenant at a time, as the index goes.
  const [oldest] = await database.$queryRaw<{ at: bigint | null }[]>`
    SELECT min(x.at) AS at
      FROM tenant t CROSS JOIN LATERAL (
        SELECT e.received_at_us AS at FROM supplier_event e WHERE e.tenant_id = t.id
         ORDER BY e.received_at_us LIMIT 1) x`;
  return {
    bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    tables,
    oldestEvent: oldest?.at ?? undefined,
  };
}

/** What goes with events when they are pruned. */
const OF_EVENTS = new Set([
  'supplier_event',
  'catalog_item_version',
  'publish_attempt',
  'duplicate_delivery',
]);

/** So many events are counted at most. */
const MOST = 2_000_000;

/** At most how much a prune would free: each old event with its share of the tables that it has rows in. */
export async function roughlyPrunable(
  database: Pick<Database, '$queryRaw'>,
  use: DiskUse,
  cutoff: Micros,
): Promise<{ events: number; bytes: number }> {
  const [counted] = await database.$queryRaw<{ old: bigint; items: bigint }[]>`
    SELECT (SELECT count(*) FROM (
              SELECT 1 FROM tenant t JOIN supplier_event e ON e.tenant_id = t.id AND e.received_at_us < ${cutoff}
               LIMIT ${MOST}::integer) x) AS old,
           (SELECT count(DISTINCT i.item_id) FROM catalog_item i JOIN supplier_event e ON e.seq = i.winner_seq
             WHERE e.received_at_us < ${cutoff}) AS items`;
  // Winner and runner-up of an item stay; of how many others, a dry run knows.
  const events = Math.max(0, Number(counted?.old ?? 0n) - 2 * Number(counted?.items ?? 0n));
  const rows = use.tables.find(({ table }) => table === 'supplier_event')?.rows ?? 0;
  const bytes = use.tables.reduce((sum, one) => sum + (OF_EVENTS.has(one.table) ? one.bytes : 0), 0);
  return { events, bytes: rows > 0 ? Math.min(bytes, Math.round((bytes / rows) * events)) : 0 };
}
