import { z } from 'zod';
import { addressBelow } from '../storefront/address.ts';
import { parseJson } from '../storefront/parse-json.ts';
import { readLimited } from '../storefront/read-limited.ts';
import type { CatalogItem } from './shelf.ts';

/** Reads an item from the catalog; undefined if it has none. Rejects while the catalog cannot be read. */
export type ReadItem = (key: {
  itemId: string;
  tenant: string;
  sku: string;
}) => Promise<CatalogItem | undefined>;

const catalogItem = z.object({ itemId: z.string(), quantity: z.number().int(), version: z.number().int() });

const TIMEOUT_MS = 5_000;

/** Reads items over the API: `GET {catalogUrl}/v1/tenants/{tenant}/items/{sku}` with a bearer token. */
export function createCatalogClient(catalogUrl: string, token: string): ReadItem {
  return async ({ itemId, tenant, sku }) => {
    // As a path segment these two would climb to another address.
    if (sku === '.' || sku === '..') return undefined;
    const url = addressBelow(catalogUrl, 'v1', 'tenants', tenant, 'items', sku);
    if (!url) throw new Error('read catalog item: the catalog address is not an http(s) address');
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await readLimited(response.body)) ?? '';
    if (response.status === 404) return undefined;
    if (response.status !== 200)
      throw new Error(`read catalog item: the catalog answered HTTP ${response.status}`);
    const item = catalogItem.safeParse(parseJson(text)).data;
    if (!item) throw new Error('read catalog item: the answer is not a catalog item');
    // The catalog may normalize the SKU that was asked for; a page belongs to the item's own id only.
    return item.itemId === itemId ? { quantity: item.quantity, version: item.version } : undefined;
  };
}
