import { z } from 'zod';
import type { Allowance } from '../admin/allowance.ts';
import { chooseLocation } from '../admin/choose-location.ts';
import { versionFrom } from '../admin/version-from.ts';
import { LIST_PAGE, PAGE, readAllPages, type FoundPage } from '../admin/read-all-pages.ts';
import { UNTRACKED, type ListedStockApi, type StockEntry } from '../admin/stock-api.ts';
import type { OpenStorefront } from '../kind.ts';
import { askVendure } from './ask-vendure.ts';
import type { VendureConfig } from './vendure-schema.ts';

const id = z.union([z.string(), z.number()]).transform(String);
const found = z.object({
  stockLocations: z.object({ items: z.array(z.object({ id, name: z.string() })) }),
  productVariants: z.object({
    totalItems: z.number().int(),
    items: z.array(
      z.object({
        id,
        sku: z.string(),
        trackInventory: z.string(),
        customFields: z.record(z.string(), z.unknown()).nullable(),
        stockLevels: z.array(z.object({ stockLocationId: id, stockOnHand: z.number().int() })),
      }),
    ),
  }),
});
const updated = z.object({ updateProductVariants: z.array(z.unknown()) });

const READ = 'read variants';

/** A variant, and the stock location that was chosen. */
interface Variant {
  id: string;
  locationId: string;
}

/** Variants by SKU: their stock on hand at one location, and our version in a custom field. */
export function variantsOf(storefront: OpenStorefront, time: Allowance): ListedStockApi<Variant> {
  const { location, versionField } = storefront.config as VendureConfig;
  const read = async (step: string, options: object): Promise<FoundPage<StockEntry<Variant>>> => {
    const query = `query ($options: ProductVariantListOptions) {
      stockLocations(options: { take: 100 }) { items { id name } }
      productVariants(options: $options) {
        totalItems
        items { id sku trackInventory customFields { ${versionField} } stockLevels { stockLocationId stockOnHand } }
      }
    }`;
    const asked = { query, variables: { options: { ...options, sort: { id: 'ASC' } } } };
    const { stockLocations, productVariants } = await askVendure(storefront, step, {
      ...{ asked, shape: found, time },
    });
    const locationId = chooseLocation(stockLocations.items, location);
    const entries = productVariants.items.map(
      ({ id: variant, sku, trackInventory, customFields, stockLevels }) => {
        return {
          sku,
          version: versionFrom(customFields?.[versionField]),
          quantity: stockLevels.find((level) => level.stockLocationId === locationId)?.stockOnHand ?? null,
          untellable: trackInventory === 'FALSE' ? UNTRACKED : undefined,
          handle: { id: variant, locationId },
        };
      },
    );
    return { entries, total: productVariants.totalItems };
  };
  return {
    read: (skus) =>
      readAllPages(READ, (skip) => read(READ, { filter: { sku: { in: skus } }, skip, take: PAGE })),
    async list(page) {
      const { entries } = await read('list variants', {
        skip: page * LIST_PAGE,
        take: LIST_PAGE,
      });
      return entries.length === 0 ? undefined : entries;
    },
    async write(changes) {
      // One transaction of the shop's: quantity and version of all of them are seen together.
      const query = `mutation ($input: [UpdateProductVariantInput!]!) {
        updateProductVariants(input: $input) { id }
      }`;
      const input = changes.map(({ entry, version, quantity }) => ({
        id: entry.handle.id,
        stockLevels: [{ stockLocationId: entry.handle.locationId, stockOnHand: quantity }],
        customFields: { [versionField]: version },
      }));
      const asked = { query, variables: { input } };
      await askVendure(storefront, 'update variants', { asked, shape: updated, time });
    },
  };
}
