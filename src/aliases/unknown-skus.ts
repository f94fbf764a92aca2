import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import { findNearMatches } from '../trace/near-matches.ts';

/** A code that waits for an alias. */
export interface UnknownSku {
  supplier: string;
  /** As it came last. */
  code: string;
  /** Events that wait. */
  count: number;
  firstSeen: string;
  lastSeen: string;
  lastQuantity: number;
  /** Its alias makes that quantity more than an event may say. */
  tooMuch: boolean;
  /** SKUs of the catalog that look like it, the likeliest first. */
  near: string[];
}

interface Row {
  supplier_id: string;
  code: string;
  count: bigint;
  first_us: bigint;
  last_us: bigint;
  quantity: number;
  too_much: boolean;
}

/** The codes that wait for an alias, those with the most events first. */
export async function listUnknownSkus(
  database: Transaction,
  { tenant, supplier }: { tenant: string; supplier?: string | undefined },
  limit: number,
): Promise<UnknownSku[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT c.supplier_id, (array_agg(c.code ORDER BY c.seq DESC))[1] AS code, count(*) AS count,
           min(e.received_at_us) AS first_us, max(e.received_at_us) AS last_us,
           (array_agg(c.quantity ORDER BY c.seq DESC))[1] AS quantity, bool_or(a.sku IS NOT NULL) AS too_much
      FROM event_code c
      JOIN supplier_event e ON e.seq = c.seq
      LEFT JOIN LATERAL (
        SELECT x.sku FROM sku_alias x
         WHERE x.tenant_id = c.tenant_id AND x.supplier_id = c.supplier_id AND x.code_key = c.code_key OFFSET 0) a ON true
     WHERE c.tenant_id = ${tenant} AND c.factor IS NULL AND c.waited_until_us IS NULL AND is_unknown(e)
       AND (${supplier ?? null}::text IS NULL OR c.supplier_id = ${supplier ?? null}::text)
     GROUP BY c.supplier_id, c.code_key
     ORDER BY count(*) DESC, c.supplier_id, c.code_key
     LIMIT ${limit}::integer`;
  const unknown: UnknownSku[] = [];
  for (const row of rows) {
    const near = await findNearMatches(database, row.code, [tenant]);
    unknown.push({
      ...{ supplier: row.supplier_id, code: row.code, count: Number(row.count) },
      ...{ firstSeen: formatTime(row.first_us), lastSeen: formatTime(row.last_us) },
      ...{ lastQuantity: row.quantity, tooMuch: row.too_much },
      near: near.map((itemId) => itemId.slice(tenant.length + 1)),
    });
  }
  return unknown;
}
