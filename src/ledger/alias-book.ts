import type { Database } from '../database/client.ts';
import { codeKey, type SkuAlias, type UnknownSkuRule } from '../domain/sku-alias.ts';

/** What a supplier's codes mean, for whoever says beforehand what will become of its events. */
export interface AliasBook {
  of(code: string): SkuAlias | undefined;
  /** Whether a code without an alias waits for one. */
  holdsUnknown: boolean;
}

/** As they are now; in the ledger the database's own look counts. */
export async function readAliasBook(
  database: Pick<Database, 'skuAlias' | 'tenant'>,
  { tenant, supplier }: { tenant: string; supplier: string },
): Promise<AliasBook> {
  const [row, aliases] = await Promise.all([
    database.tenant.findUnique({ where: { id: tenant }, select: { unknownSkus: true } }),
    database.skuAlias.findMany({
      where: { tenantId: tenant, supplierId: supplier },
      select: { codeKey: true, sku: true, factor: true },
    }),
  ]);
  const byKey = new Map(aliases.map(({ codeKey: key, sku, factor }) => [key, { sku, factor }]));
  return {
    of: (code) => (byKey.size === 0 ? undefined : byKey.get(codeKey(code))),
    holdsUnknown: (row?.unknownSkus as UnknownSkuRule | undefined) === 'hold',
  };
}
