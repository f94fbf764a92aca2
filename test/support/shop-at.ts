import type { TestDatabase } from './database.ts';

/** Gives a tenant, or every one that there is, a storefront told by our webhook; its secret is a byte that no key opens. */
export async function shopAt(
  sql: TestDatabase['sql'],
  url: string,
  tenant?: string,
  { name = 'shop', place = 1 }: { name?: string; place?: number } = {},
): Promise<void> {
  await sql(
    `INSERT INTO storefront (tenant_id, name, kind, place, url, secret)
     SELECT t.id, $3, 'webhook', $4, $1, '\\x00' FROM tenant t WHERE t.id = coalesce($2, t.id)
         ON CONFLICT (tenant_id, name) DO UPDATE SET url = excluded.url, place = excluded.place`,
    [url, tenant ?? null, name, place],
  );
}
