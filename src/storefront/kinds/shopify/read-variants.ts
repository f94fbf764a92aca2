import { z } from 'zod';
import { CallFailed, type CallAdminApi } from './call-admin-api.ts';
import { QUANTITY, READ_VARIANTS } from './documents.ts';

/** A variant, and what the shop has of it at the location. */
export interface Variant {
  id: string;
  inventoryItemId: string;
  /** Of our version; null: it has none, and then this is what a write has to find. */
  digest: string | null;
  /** 0: it was never told one. */
  version: number;
  /** Undefined: it is not stocked at the location. */
  onHand: number | undefined;
  /** Whether the shop counts it at all. */
  tracked: boolean;
}

/** A search may find more than was asked for. */
const SPARE = 5;
const MOST_PAGES = 5;

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
 * @returns for each SKU all variants that have it
 * @throws CallFailed
 */
export async function readVariants(
  call: CallAdminApi,
  skus: readonly string[],
  location: string,
): Promise<Map<string, Variant[]>> {
  const found = new Map<string, Variant[]>(skus.map((sku) => [sku, []]));
  const byForm = new Map(skus.map((sku) => [formOf(sku), found.get(sku)]));
  const query = skus.map(termOf).join(' OR ');
  const first = skus.length + SPARE;
  let after: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const read: z.infer<typeof answer> = await call(READ_VARIANTS, { query, location, first, after }, answer);
    if (!read.location)
      throw new CallFailed({
        reason: `the shop has no location ${location}: set the right one`,
        httpStatus: 200,
      });
    const { nodes, pageInfo } = read.productVariants;
    for (const node of nodes) byForm.get(formOf(node.sku ?? ''))?.push(variantOf(node));
    if (!pageInfo.hasNextPage) return found;
    if (pages === MOST_PAGES)
      throw new CallFailed({ reason: 'the shop finds too many variants by these SKUs', httpStatus: 200 });
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

function variantOf({ id, metafield, inventoryItem }: Node): Variant {
  const level = inventoryItem.inventoryLevel?.quantities.find(({ name }) => name === QUANTITY);
  return {
    ...{ id, inventoryItemId: inventoryItem.id, tracked: inventoryItem.tracked },
    digest: metafield?.compareDigest ?? null,
    version: /^\d{1,10}$/.test(metafield?.value ?? '') ? Number(metafield?.value) : 0,
    onHand: level?.quantity,
  };
}
