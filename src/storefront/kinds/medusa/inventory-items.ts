import { z } from 'zod';
import type { Allowance } from '../admin/allowance.ts';
import type { StockApi, StockEntry } from '../admin/stock-api.ts';
import type { OpenStorefront } from '../kind.ts';
import { askMedusa } from './ask-medusa.ts';
import type { MedusaConfig } from './medusa-schema.ts';
import { stockLocation } from './stock-location.ts';

const found = z.object({
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

const PAGE = 500;
const FIELDS = 'id,sku,metadata,location_levels.location_id,location_levels.stocked_quantity';

/** An inventory item, and the stock location that was chosen. */
interface InventoryItem {
  id: string;
  locationId: string;
}

/** Inventory items by SKU: their stocked quantity at one location, and our version in their metadata. */
export function inventoryItemsOf(storefront: OpenStorefront, time: Allowance): StockApi<InventoryItem> {
  const { versionKey } = storefront.config as MedusaConfig;
  const read = async (
    step: string,
    query: readonly (readonly [name: string, value: string])[],
  ): Promise<StockEntry<InventoryItem>[]> => {
    const locationId = await stockLocation(storefront, time);
    const asked = { path: ['admin', 'inventory-items'], query: [...query, ['fields', FIELDS] as const] };
    const { inventory_items: items } = await askMedusa(storefront, step, { asked, shape: found, time });
    return items.flatMap(({ id, sku, metadata, location_levels: levels }) => {
      const version = metadata?.[versionKey];
      if (sku === null) return [];
      return {
        sku,
        version: typeof version === 'number' ? version : null,
        quantity: levels.find((level) => level.location_id === locationId)?.stocked_quantity ?? null,
        handle: { id, locationId },
      };
    });
  };
  return {
    read: (skus) =>
      read('read inventory items', [
        ...skus.map((sku) => ['sku[]', sku] as const),
        ['limit', String(2 * skus.length)],
      ]),
    async list(page) {
      const entries = await read('list inventory items', [
        ...([
          ['limit', String(PAGE)],
          ['offset', String(page * PAGE)],
          ['order', 'id'],
        ] as const),
      ]);
      return entries.length === 0 ? undefined : entries;
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
