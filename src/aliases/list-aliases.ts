import type { Database } from '../database/client.ts';
import { normalizeSku } from '../domain/normalize.ts';
import { codeKey } from '../domain/sku-alias.ts';
import { formatTime } from '../domain/time.ts';

export interface ListedAlias {
  supplier: string;
  code: string;
  sku: string;
  factor: number;
  since: string;
}

/** The place after an alias in the list. */
export interface AliasPlace {
  supplier: string;
  codeKey: string;
}

/** A tenant's aliases by supplier and code. */
export async function listAliases(
  database: Pick<Database, 'skuAlias'>,
  {
    tenant,
    supplier,
    search,
  }: {
    tenant: string;
    supplier?: string | undefined;
    /** A code, or what a code means: as both are compared, whole. */
    search?: string | undefined;
  },
  page: { after?: AliasPlace | undefined; limit: number },
): Promise<{ aliases: ListedAlias[]; next: AliasPlace | undefined }> {
  const { after, limit } = page;
  const rows = await database.skuAlias.findMany({
    where: {
      tenantId: tenant,
      ...(supplier !== undefined && { supplierId: supplier }),
      AND: [
        search === undefined ? {} : { OR: [{ codeKey: codeKey(search) }, { sku: normalizeSku(search) }] },
        after
          ? {
              OR: [
                { supplierId: { gt: after.supplier } },
                { supplierId: after.supplier, codeKey: { gt: after.codeKey } },
              ],
            }
          : {},
      ],
    },
    orderBy: [{ supplierId: 'asc' }, { codeKey: 'asc' }],
    take: limit,
  });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return {
    aliases: rows.map((row) => ({
      ...{ supplier: row.supplierId, code: row.code, sku: row.sku, factor: row.factor },
      since: formatTime(row.sinceUs),
    })),
    next: last && { supplier: last.supplierId, codeKey: last.codeKey },
  };
}
