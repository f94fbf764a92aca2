import { NAME } from '../domain/identity.ts';

/** Takes `{tenant}:{SKU}` apart; a SKU may hold colons, a tenant's name none. Undefined if no item can be named so. */
export function splitItemId(itemId: string): { tenant: string; sku: string } | undefined {
  const colon = itemId.indexOf(':');
  const [tenant, sku] = [itemId.slice(0, colon), itemId.slice(colon + 1)];
  return colon > 0 && NAME.test(tenant) && sku !== '' ? { tenant, sku } : undefined;
}
