import { z } from 'zod';
import { AdminFault, notSet, SETTING_WAIT_MS } from '../admin/fault-table.ts';
import type { Allowance } from '../admin/allowance.ts';
import { UNTRACKED, type StockEntry } from '../admin/stock-api.ts';
import { versionFrom } from '../admin/version-from.ts';
import type { OpenStorefront } from '../kind.ts';
import { askShopify } from './ask-shopify.ts';
import { QUANTITY, READ_VARIANTS } from './documents.ts';
import type { ShopifyConfig } from './shopify-schema.ts';

/** By which the shop knows a variant, and what a write has to find there. */
export interface Variant {
  id: string;
  inventoryItemId: string;
  /** Of our version. Null: it has none. */
  digest: string | null;
}

/** A search may find more than was asked for. */
const SPARE = 5;
const MOST_PAGES = 5;
const STEP = 'read variants';

const answer = z.object({
  location: z.object({ id: z.string() }).nullable(),
  productVariants: z.object({
    nodes: z.array(
      z.object({
        id: z.string(),
        sku: z.string().nullable(),
        metafield: z.object({ value: z.string(), compareDigest: z.string() }).nullable(),
        inventoryItem: z.object({
          id: z.string(),
          tracked: z.boolean(),
          inventoryLevel: z
            .object({ quantities: z.array(z.object({ name: z.string(), quantity: z.int() })) })
            .nullable(),
        }),
      }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
type Node = z.infer<typeof answer>['productVariants']['nodes'][number];

/**
 * Looks variants up by their SKUs, in whatever case the shop has those.
 *
 * @returns all variants that have one of them, under the SKU that was asked for
 * @throws StorefrontSilent
 */
export async function readVariants(
  storefront: OpenStorefront,
  skus: readonly string[],
  time: Allowance,
): Promise<StockEntry<Variant>[]> {
  const { location } = storefront.config as ShopifyConfig;
  const byForm = new Map(skus.map((sku) => [formOf(sku), sku]));
  const search = skus.map(termOf).join(' OR ');
  const first = skus.length + SPARE;
  const entries: StockEntry<Variant>[] = [];
  let after: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const asked = { query: READ_VARIANTS, variables: { query: search, location, first, after } };
    const read: z.infer<typeof answer> = await askShopify(storefront, STEP, { asked, shape: answer, time });
    if (!read.location)
      throw notSet(`${STEP}: the shop has no location ${location}: set \`location\` to one of its own`, 200);
    const { nodes, pageInfo } = read.productVariants;
    for (const node of nodes) {
      const sku = byForm.get(formOf(node.sku ?? ''));
      if (sku !== undefined) entries.push(entryOf(sku, node));
    }
    if (!pageInfo.hasNextPage) return entries;
    if (pages === MOST_PAGES)
      throw new AdminFault(`${STEP}: the shop finds too many variants by these SKUs`, {
        ...{ means: 'later', httpStatus: 200, retryAfterMs: SETTING_WAIT_MS },
      });
    after = pageInfo.endCursor;
  }
}

function formOf(sku: string): string {
  return sku.trim().toUpperCase();
}

/** As a term of Shopify's search: in quotes, where a backslash takes its meaning from what follows. */
function termOf(sku: string): string {
  return `sku:"${sku.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function entryOf(sku: string, { id, metafield, inventoryItem }: Node): StockEntry<Variant> {
  const level = inventoryItem.inventoryLevel?.quantities.find(({ name }) => name === QUANTITY);
  return {
    sku,
    version: versionFrom(metafield?.value),
    quantity: level?.quantity ?? null,
    untellable: inventoryItem.tracked
      ? level
        ? undefined
        : 'this SKU is not stocked at the location'
      : UNTRACKED,
    handle: { id, inventoryItemId: inventoryItem.id, digest: metafield?.compareDigest ?? null },
  };
}
