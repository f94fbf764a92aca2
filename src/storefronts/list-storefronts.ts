import type { Database } from '../database/client.ts';
import type { Limits } from '../storefront/kinds/kind.ts';
import { IN_TURN } from '../storefront/of-tenant.ts';

export interface StorefrontListed {
  tenant: string;
  storefront: string;
  kind: string;
  state: string;
  place: number;
  url: string;
  /** Null: none. */
  limits: Limits | null;
  /** Without its secret. */
  config: unknown;
}

/** The storefronts of a tenant, or of all, in the order in which they are told. */
export async function listStorefronts(
  database: Pick<Database, 'storefront'>,
  tenant: string | undefined,
): Promise<StorefrontListed[]> {
  const rows = await database.storefront.findMany({
    ...(tenant !== undefined && { where: { tenantId: tenant } }),
    omit: { secret: true, secretBefore: true },
    orderBy: [{ tenantId: 'asc' }, ...IN_TURN],
  });
  return rows.map(({ tenantId, name, kind, state, place, url, limits, config }) => ({
    ...{
      tenant: tenantId,
      storefront: name,
      kind,
      state,
      place,
      url,
      limits: limits as Limits | null,
      config,
    },
  }));
}
