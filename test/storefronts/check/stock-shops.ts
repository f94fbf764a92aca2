import type { ServerResponse } from 'node:http';
import type { KindName } from '../../../src/storefront/kinds/index.ts';
import type { Kind, OpenStorefront } from '../../../src/storefront/kinds/kind.ts';
import { medusa } from '../../../src/storefront/kinds/medusa/medusa.ts';
import { shopify } from '../../../src/storefront/kinds/shopify/shopify.ts';
import { vendure } from '../../../src/storefront/kinds/vendure/vendure.ts';
import { fakeMedusa } from '../../storefront/kinds/medusa/fake-medusa.ts';
import { fakeShop, TOKEN } from '../../storefront/kinds/shopify/fake-shop.ts';
import { fakeVendure, json } from '../../storefront/kinds/vendure/fake-vendure.ts';

export const SKU = 'sync-check';

/** A request, as far as it is the same for all shops. */
export interface ShopCall {
  does: 'login' | 'read' | 'write';
  /** What a read is of. */
  skus: readonly string[];
}

/** What a shop does otherwise; all else it does as it should. */
export interface Misdeeds {
  takesQuantity?: (told: number, was: number) => number;
  takesVersion?: (told: number, was: number | null) => number | null;
  /** By how often it was read since it was written last. */
  showsQuantity?: (kept: number, reads: number) => number;
  showsVersion?: (kept: number | null, reads: number) => number | null;
  /** Answers in its own way. @returns whether it did */
  answers?: ((call: ShopCall, response: ServerResponse) => boolean) | undefined;
  letsAnybodyIn?: boolean;
  answersAfterMs?: number;
}

/** One of the fakes of the kinds' own tests, with one item. */
export interface StockShop {
  kind: Kind;
  storefront: OpenStorefront;
  /** What it has of the item. */
  kept: { quantity: number; version: number | null };
}

export const STOCK_KINDS = ['vendure', 'medusa', 'shopify'] as const satisfies readonly KindName[];

export async function stockShop(
  name: (typeof STOCK_KINDS)[number],
  misdeeds: Misdeeds = {},
): Promise<StockShop> {
  const kept: StockShop['kept'] = { quantity: 5, version: null };
  let reads = 0;
  const item = {
    get quantity() {
      return misdeeds.showsQuantity?.(kept.quantity, reads) ?? kept.quantity;
    },
    set quantity(told: number) {
      kept.quantity = misdeeds.takesQuantity?.(told, kept.quantity) ?? told;
    },
    get version() {
      return misdeeds.showsVersion ? misdeeds.showsVersion(kept.version, reads) : kept.version;
    },
    set version(told: number | null) {
      kept.version =
        misdeeds.takesVersion && told !== null ? misdeeds.takesVersion(told, kept.version) : told;
    },
  };
  const seen = (call: ShopCall, response: ServerResponse): boolean => {
    if (call.does === 'write') reads = 0;
    if (call.does === 'read') reads += 1;
    return misdeeds.answers?.(call, response) ?? false;
  };
  const made = await MAKE[name](item, { seen, ...misdeeds });
  return { ...made, kept };
}

type Item = StockShop['kept'];
type Doing = Pick<Misdeeds, 'letsAnybodyIn' | 'answersAfterMs'> & {
  seen: (call: ShopCall, response: ServerResponse) => boolean;
};
type Made = Pick<StockShop, 'kind' | 'storefront'>;

/** By stock location, of which there is one. */
function stockOf(item: Item, location: string): Record<string, number> {
  return new Proxy<Record<string, number>>(
    { [location]: 0 },
    {
      get: () => item.quantity,
      set(_, __, told: number) {
        item.quantity = told;
        return true;
      },
    },
  );
}

const limits = { callsAtOnce: 1, itemsPerCall: 10 };

const MAKE: Record<(typeof STOCK_KINDS)[number], (item: Item, doing: Doing) => Promise<Made>> = {
  async vendure(item, { seen, letsAnybodyIn, answersAfterMs = 0 }) {
    const shop = await fakeVendure();
    const variant = Object.defineProperty(
      { id: '1', sku: SKU, version: null as number | null, stock: stockOf(item, '1') },
      'version',
      accessOf(item),
    );
    Object.assign(shop, { variants: [variant], answersAfterMs });
    shop.instead = (call, response, skus) => {
      const does = call === 'login' || call === 'read' ? call : 'write';
      if (seen({ does, skus }, response)) return true;
      if (call !== 'login' || !letsAnybodyIn) return false;
      shop.tokens.add('anybody');
      response.setHeader('vendure-auth-token', 'anybody');
      json(response, 200, { data: { login: { __typename: 'CurrentUser' } } });
      return true;
    };
    const config = vendure.config.parse({ username: 'sync' });
    return { kind: vendure, storefront: { url: shop.url, config, limits, secret: Buffer.from('right') } };
  },

  async medusa(item, { seen, letsAnybodyIn, answersAfterMs = 0 }) {
    const shop = await fakeMedusa();
    const metadata = {
      get: () => ({ colour: 'red', ...(item.version !== null && { catalog_sync_version: item.version }) }),
      set: (told: { catalog_sync_version: number }) => {
        item.version = told.catalog_sync_version;
      },
    };
    const one = Object.defineProperty(
      { id: 'i1', sku: SKU, metadata: {}, stock: stockOf(item, 'sloc_1') },
      'metadata',
      metadata,
    );
    Object.assign(shop, { items: [one], answersAfterMs });
    shop.instead = (call, response, skus) => {
      const does = call === 'login' ? call : /^(version|stock) /.test(call) ? 'write' : 'read';
      if (call !== 'locations' && seen({ does, skus }, response)) return true;
      if (call !== 'login' || !letsAnybodyIn) return false;
      shop.tokens.add('anybody');
      json(response, 200, { token: 'anybody' });
      return true;
    };
    const config = medusa.config.parse({ email: 'sync@example.com' });
    return { kind: medusa, storefront: { url: shop.url, config, limits, secret: Buffer.from('right') } };
  },

  async shopify(item, { seen, letsAnybodyIn = false, answersAfterMs = 0 }) {
    const shop = await fakeShop([SKU]);
    const [variant] = shop.variants;
    const access = accessOf(item);
    Object.defineProperties(variant, {
      version: {
        get: () => access.get()?.toString(),
        set: (told: string) => {
          access.set(Number(told));
        },
      },
      onHand: {
        get: () => item.quantity,
        set: (told: number) => {
          item.quantity = told;
        },
      },
    });
    Object.assign(shop, { locked: !letsAnybodyIn, answersAfterMs });
    shop.before = ({ operation, variables }, response) =>
      seen(
        {
          does: operation === 'productVariants' ? 'read' : 'write',
          skus: ((variables['query'] ?? '') as string).split(' OR '),
        },
        response,
      );
    const config = shopify.config.parse({ location: 7 });
    return { kind: shopify, storefront: { url: shop.url, config, limits, secret: Buffer.from(TOKEN) } };
  },
};

function accessOf(item: Item): { get: () => number | null; set: (told: number | null) => void } {
  return {
    get: () => item.version,
    set: (told) => {
      item.version = told;
    },
  };
}
