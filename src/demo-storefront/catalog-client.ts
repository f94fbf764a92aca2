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

const catalogTenant = z.object({ ownStorefront: z.boolean() });

const TIMEOUT_MS = 5_000;
const KEPT_MS = 10_000;
/** Whoever asks for pages may ask for any tenant. */
const KEPT_TENANTS = 1_000;

/** Reads over the API, with a bearer token. */
export interface CatalogClient {
  /** `GET {catalogUrl}/v1/tenants/{tenant}/items/{sku}` */
  readItem: ReadItem;
  /** `GET {catalogUrl}/v1/tenants/{tenant}`, kept for a while: whether the tenant has no storefront of its own. */
  isOfDefault: (tenant: string) => Promise<boolean>;
}

export function createCatalogClient(catalogUrl: string, token: string): CatalogClient {
  const ofDefault = new Map<string, { answer: boolean; until: number }>();

  async function read(step: string, ...segments: string[]): Promise<unknown> {
    const url = addressBelow(catalogUrl, 'v1', 'tenants', ...segments);
    if (!url) throw new Error(`${step}: the catalog address is not an http(s) address`);
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await readLimited(response.body)) ?? '';
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw new Error(`${step}: the catalog answered HTTP ${response.status}`);
    return parseJson(text) ?? null;
  }

  return {
    readItem: async ({ itemId, tenant, sku }) => {
      // As a path segment these two would climb to another address.
      if (sku === '.' || sku === '..') return undefined;
      const answer = await read('read catalog item', tenant, 'items', sku);
      if (answer === undefined) return undefined;
      const item = catalogItem.safeParse(answer).data;
      if (!item) throw new Error('read catalog item: the answer is not a catalog item');
      // The catalog may normalize the SKU that was asked for; a page belongs to the item's own id only.
      return item.itemId === itemId ? { quantity: item.quantity, version: item.version } : undefined;
    },
    isOfDefault: async (tenant) => {
      const kept = ofDefault.get(tenant);
      if (kept && performance.now() < kept.until) return kept.answer;
      const found = await read('read tenant', tenant);
      const answer = found !== undefined && !catalogTenant.parse(found).ownStorefront;
      if (ofDefault.size >= KEPT_TENANTS) ofDefault.clear();
      ofDefault.set(tenant, { answer, until: performance.now() + KEPT_MS });
      return answer;
    },
  };
}
