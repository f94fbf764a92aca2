import type { Transaction } from '../database/client.ts';
import { codeKey } from '../domain/sku-alias.ts';
import { isStorable } from '../domain/safe-text.ts';

/** The SKUs that suppliers of some tenants call so. */
export async function findByCode(
  database: Transaction,
  code: string,
  tenants: readonly string[],
): Promise<{ tenant: string; sku: string }[]> {
  if (!isStorable(code)) return [];
  // By supplier, as the index goes.
  const rows = await database.$queryRaw<{ tenant_id: string; sku: string }[]>`
    SELECT DISTINCT a.tenant_id, a.sku
      FROM supplier s
      JOIN sku_alias a ON a.tenant_id = s.tenant_id AND a.supplier_id = s.id AND a.code_key = ${codeKey(code)}
     WHERE s.tenant_id = ANY (${[...tenants]}::text[])`;
  return rows.map((row) => ({ tenant: row.tenant_id, sku: row.sku }));
}
