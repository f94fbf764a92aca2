import { z } from 'zod';
import type { Allowance } from '../admin/allowance.ts';
import { versionFrom } from '../admin/version-from.ts';
import { LIST_PAGE, readAllPages, type FoundPage } from '../admin/read-all-pages.ts';
import type { ListedStockApi, StockEntry } from '../admin/stock-api.ts';
import type { OpenStorefront } from '../kind.ts';
import { askMedusa } from './ask-medusa.ts';
import type { MedusaConfig } from './medusa-schema.ts';
import { stockLocation } from './stock-location.ts';

const found = z.object({
  count: z.number().int(),
  inventory_items: z.array(
    z.object({
      id: z.string(),
      sku: z.string().nullable(),
      metadata: z.record(z.string(), z.unknown()).nullish(),
      location_levels: z
        .array(z.object({ location_id: z.string(), stocked_quantity: z.number() }))
        .nullish()
        .transform((levels) => levels ?? []),
    }),
  ),
});
const done = z.looseObject({});

const READ = 'read inventory items';
const FIELDS = 'id,sku,metadata,location_levels.location_id,location_levels.stocked_quantity';

/** SKUs stand in the address of a request, of which servers and proxies take some 8,000 bytes. */
const ADDRESS_BYTES = 4_000;

/** An inventory item, and the stock location that was chosen. */
interface InventoryItem {
  id: string;
  locationId: string;
}

/** Inventory items by SKU: their stocked quantity at one location, and our version in their metadata. */
export function inventoryItemsOf(storefront: OpenStorefront, time: Allowance): ListedStockApi<InventoryItem> {
  const { versionKey } = storefront.config as MedusaConfig;
  const read = async (
    step: string,
    { skip, skus = [] }: { skip: number; skus?: readonly string[] },
  ): Promise<FoundPage<StockEntry<InventoryItem> | undefined>> => {
    const locationId = await stockLocation(storefront, time);
    const query = [
      ...skus.map((sku) => ['sku[]', sku] as const),
      ['limit', String(LIST_PAGE)] as const,
      ['offset', String(skip)] as const,
      ['order', 'id'] as const,
      ['fields', FIELDS] as const,
    ];
    const asked = { path: ['admin', 'inventory-items'], query };
    const { inventory_items: items, count: total } = await askMedusa(storefront, step, {
      asked,
      shape: found,
      time,
    });
    const entries = items.map(({ id, sku, metadata, location_levels: levels }) => {
      if (sku === null) return undefined;
      return {
        sku,
        version: versionFrom(metadata?.[versionKey]),
        quantity: levels.find((level) => level.location_id === locationId)?.stocked_quantity ?? null,
        handle: { id, locationId },
      };
    });
    return { entries, total };
  };
  return {
    async read(skus) {
      const entries: (StockEntry<InventoryItem> | undefined)[] = [];
      for (const some of shortEnough(skus))
        entries.push(...(await readAllPages(READ, (skip) => read(READ, { skip, skus: some }))));
      return entries.filter((entry) => entry !== undefined);
    },
    async list(page) {
      const { entries } = await read('list inventory items', { skip: page * LIST_PAGE });
      return entries.length === 0 ? undefined : entries.filter((entry) => entry !== undefined);
    },
    async write(changes) {
      // The version first: whoever is late then finds it, and leaves the quantity alone, which the next try sets.
      for (const { entry, version } of changes) {
        if (entry.version === version) continue;
        // What else stands there stays: Medusa merges metadata.
        const body = { metadata: { [versionKey]: version } };
        const asked = { path: ['admin', 'inventory-items', entry.handle.id], body };
        await askMedusa(storefront, 'write version', { asked, shape: done, time });
      }
      const levels = changes.map(({ entry: { handle, quantity: there }, quantity }) => ({
        there,
        level: {
          inventory_item_id: handle.id,
          location_id: handle.locationId,
          stocked_quantity: quantity,
        },
      }));
      const body = {
        create: levels.filter(({ there }) => there === null).map(({ level }) => level),
        update: levels.filter(({ there }) => there !== null).map(({ level }) => level),
      };
      const asked = { path: ['admin', 'inventory-items', 'location-levels', 'batch'], body };
      await askMedusa(storefront, 'write stock', { asked, shape: done, time });
    },
  };
}

/** SKUs in groups that have room in an address. */
function shortEnough(skus: readonly string[]): string[][] {
  const groups: string[][] = [];
  let left = 0;
  for (const sku of skus) {
    const bytes = encodeURIComponent(`sku[]=${sku}`).length + 1;
    if (bytes > left) {
      groups.push([]);
      left = ADDRESS_BYTES;
    }
    groups.at(-1)?.push(sku);
    left -= bytes;
  }
  return groups;
}
