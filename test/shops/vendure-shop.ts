import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { rm } from 'node:fs/promises';
import type { Supervisor } from '../../src/embedded/supervisor.ts';
import { freePort } from '../../src/process/ports.ts';
import { faultPart } from '../support/faults/parts.ts';
import { launchShop } from './launch-shop.ts';
import { callShop, type Shelf, type Shop } from './shop.ts';
import { PACKAGES } from './shops-folder.ts';

const USER = 'superadmin';
const AT_ONCE = 20;

interface Variant {
  sku: string;
  customFields: { catalogSyncVersion: number | null };
  stockLevels: { stockOnHand: number }[];
  stockMovements: { totalItems: number; items: { id: string; type: string; quantity: number }[] };
}

/** A Vendure shop on SQLite, without anything sold. */
export async function vendureShop(
  folder: string,
  { supervisor, say }: { supervisor: Supervisor; say: (line: string) => void },
): Promise<Shop> {
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const database = path.join(supervisor.dataDir, 'vendure.sqlite');
  for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${database}${end}`, { force: true });
  const url = `http://127.0.0.1:${port}/admin-api`;
  const part = faultPart(
    'Vendure',
    () =>
      launchShop(supervisor, {
        ...{ name: 'vendure', args: [path.join(folder, 'vendure.cjs')], cwd: folder },
        env: { SHOP_PORT: String(port), SHOP_DATABASE: database, SHOP_PASSWORD: password },
        readyUrl: `http://127.0.0.1:${port}/health`,
      }),
    say,
  );
  await part.start();

  let token = '';
  const ask = async <Data>(query: string, variables: object = {}): Promise<Data> => {
    const response = await callShop(url, {
      json: { query, variables },
      headers: { authorization: `Bearer ${token}` },
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
    if (errors) throw new Error(`Vendure: ${errors.map(({ message }) => message).join('; ')}`);
    token = response.headers.get('vendure-auth-token') ?? token;
    return data;
  };
  const login = (): Promise<unknown> =>
    ask('mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }', {
      ...{ u: USER, p: password },
    });

  return {
    ...{ name: 'vendure', version: PACKAGES.vendure['@vendure/core'] ?? '', part, port },
    document: { username: USER, secret: password },
    sell: async (skus) => {
      await login();
      await setUp(ask);
      for (const [no, sku] of skus.entries()) {
        const input = { translations: [{ languageCode: 'en', name: sku, slug: `s-${no}`, description: '' }] };
        const { createProduct: product } = await ask<{ createProduct: { id: string } }>(
          'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id } }',
          { input },
        );
        const variant = { productId: product.id, sku, price: 100, stockOnHand: 0 };
        await ask(
          'mutation ($input: [CreateProductVariantInput!]!) { createProductVariants(input: $input) { id } }',
          { input: [{ ...variant, translations: [{ languageCode: 'en', name: sku }] }] },
        );
      }
    },
    read: async () => {
      await login();
      const shelves = new Map<string, Shelf>();
      for (let skip = 0; ; skip += AT_ONCE) {
        const { productVariants } = await ask<{ productVariants: { items: Variant[] } }>(READ, {
          options: { skip, take: AT_ONCE, sort: { id: 'ASC' } },
        });
        for (const variant of productVariants.items) shelves.set(variant.sku, shelfOf(variant));
        if (productVariants.items.length < AT_ONCE) return shelves;
      }
    },
  };
}

const READ = `query ($options: ProductVariantListOptions) {
  productVariants(options: $options) { items {
    sku customFields { catalogSyncVersion } stockLevels { stockOnHand }
    stockMovements(options: { take: 1000 }) {
      totalItems items { ... on StockMovement { id type quantity } }
    }
  } }
}`;

/** Of a shop that was just made nothing can be priced before it has taxes. */
async function setUp(ask: <Data>(query: string, variables?: object) => Promise<Data>): Promise<void> {
  const { createZone: zone } = await ask<{ createZone: { id: string } }>(
    'mutation { createZone(input: { name: "Everywhere" }) { id } }',
  );
  const { createTaxCategory: category } = await ask<{ createTaxCategory: { id: string } }>(
    'mutation { createTaxCategory(input: { name: "All", isDefault: true }) { id } }',
  );
  await ask('mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { __typename } }', {
    input: { id: '1', defaultTaxZoneId: zone.id, defaultShippingZoneId: zone.id },
  });
  await ask('mutation ($input: CreateTaxRateInput!) { createTaxRate(input: $input) { id } }', {
    input: { name: 'None', enabled: true, value: 0, categoryId: category.id, zoneId: zone.id },
  });
}

function shelfOf({ customFields, stockLevels, stockMovements }: Variant): Shelf {
  const { items, totalItems } = stockMovements;
  if (items.length !== totalItems) throw new Error(`${totalItems} stock movements, and not all were read`);
  let stock = 0;
  return {
    quantity: stockLevels.reduce((sum, { stockOnHand }) => sum + stockOnHand, 0),
    version: customFields.catalogSyncVersion,
    after: items.toSorted((a, b) => Number(a.id) - Number(b.id)).map(({ quantity }) => (stock += quantity)),
  };
}
