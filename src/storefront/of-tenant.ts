import type { Prisma } from '../generated/prisma/client.ts';

/** What a tenant had before it could have several, and what `tenant set --storefront` sets; also the default one's name. */
export const SHOP = 'shop';

/** In the order in which they are told. */
export const IN_TURN = [
  { place: 'asc' },
  { name: 'asc' },
] satisfies Prisma.StorefrontOrderByWithRelationInput[];

/** For whoever may not see what signs for a storefront: the first open one of a tenant. */
export const FIRST_STOREFRONT = {
  select: { tenantId: true, name: true, kind: true, url: true, config: true },
  where: { state: 'open' },
  orderBy: IN_TURN,
  take: 1,
} satisfies Prisma.Tenant$storefrontsArgs;

/** What a storefront's secret is encrypted for. That of a shop from before there could be several was for its tenant. */
export function storefrontContext(tenant: string, name: string): string {
  return name === SHOP ? tenant : `storefront ${tenant}/${name}`;
}
