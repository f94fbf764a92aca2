import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Allowance } from '../admin/allowance.ts';
import { faultOf, type AdminFault } from '../admin/fault-table.ts';
import { ChangesRefused, type StockApi, type StockChange } from '../admin/stock-api.ts';
import type { OpenStorefront } from '../kind.ts';
import { askShopify } from './ask-shopify.ts';
import { QUANTITY, SET_QUANTITIES, SET_VERSIONS, VERSION_FIELD } from './documents.ts';
import { readVariants, type Variant } from './read-variants.ts';
import { ITEM_FAULTS } from './shopify-faults.ts';
import type { ShopifyConfig } from './shopify-schema.ts';

/** Why nothing was written: of the change at an index, or, without one, of all. */
interface UserError {
  index: number | undefined;
  code: string;
  message: string;
}

const code = z
  .string()
  .nullish()
  .transform((given) => given ?? 'without a code');
const versionErrors = z.object({
  metafieldsSet: z.object({
    userErrors: z.array(z.object({ code, message: z.string(), elementIndex: z.int().nullish() })),
  }),
});
const quantityErrors = z.object({
  inventorySetQuantities: z.object({
    userErrors: z.array(z.object({ code, message: z.string(), field: z.array(z.string()).nullish() })),
  }),
});

/** Variants by SKU: their stock on hand at one location, and our version in a metafield. */
export function variantsOf(storefront: OpenStorefront, time: Allowance): StockApi<Variant> {
  const { location: locationId } = storefront.config as ShopifyConfig;

  /** All or none, and each only where it is still what was read. */
  async function writeVersions(changes: readonly StockChange<Variant>[]): Promise<UserError[]> {
    const metafields = changes.map(({ entry: { handle }, version }) => ({
      ...{ ownerId: handle.id, ...VERSION_FIELD, value: String(version), compareDigest: handle.digest },
    }));
    const asked = { query: SET_VERSIONS, variables: { metafields } };
    const { metafieldsSet } = await askShopify(storefront, 'write versions', {
      ...{ asked, shape: versionErrors, time },
    });
    return metafieldsSet.userErrors.map(({ elementIndex, ...error }) => ({
      ...error,
      index: elementIndex ?? undefined,
    }));
  }

  /** All or none, and each only where it is still what was read. */
  async function writeQuantities(changes: readonly StockChange<Variant>[]): Promise<UserError[]> {
    const quantities = changes.map(({ entry, quantity }) => ({
      ...{ inventoryItemId: entry.handle.inventoryItemId, locationId, quantity },
      changeFromQuantity: entry.quantity,
    }));
    const input = { name: QUANTITY, reason: 'correction', quantities };
    // A new key each time: what was compared keeps a second one from doing harm, and an old key would answer for a write of
    // before somebody else's.
    const asked = { query: SET_QUANTITIES, variables: { input, key: randomUUID() } };
    const { inventorySetQuantities } = await askShopify(storefront, 'write stock', {
      ...{ asked, shape: quantityErrors, time },
    });
    return inventorySetQuantities.userErrors.map(({ field, ...error }) => ({
      ...error,
      index: indexIn(field),
    }));
  }

  /** @throws ChangesRefused, by the places among all changes */
  async function send(
    step: string,
    changes: readonly StockChange<Variant>[],
    {
      all,
      by,
    }: {
      all: readonly StockChange<Variant>[];
      by: (some: readonly StockChange<Variant>[]) => Promise<UserError[]>;
    },
  ): Promise<void> {
    if (changes.length === 0) return;
    const errors = await by(changes);
    const faults = new Map<number, AdminFault>();
    for (const { index, ...error } of errors) {
      const fault = faultOf(step, ITEM_FAULTS, {
        ...{ status: 200, ...error, secret: storefront.secret ?? Buffer.alloc(0) },
      });
      const [meant] = index === undefined ? [] : changes.slice(index, index + 1);
      for (const one of meant ? [meant] : changes) faults.set(all.indexOf(one), fault);
    }
    if (errors.length > 0) throw new ChangesRefused(faults);
  }

  return {
    read: (skus) => readVariants(storefront, skus, time),
    async write(all) {
      // The version first: whoever is late then finds it, and leaves the quantity alone, which the next try sets.
      const raised = all.filter(({ entry, version }) => entry.version !== version);
      await send('write versions', raised, { all, by: writeVersions });
      const changed = all.filter(({ entry, quantity }) => entry.quantity !== quantity);
      await send('write stock', changed, { all, by: writeQuantities });
    },
  };
}

/** `["input", "quantities", "2", "quantity"]` is of the third. */
function indexIn(field: readonly string[] | null | undefined): number | undefined {
  const at = field?.indexOf('quantities') ?? -1;
  const index = at === -1 ? undefined : field?.[at + 1];
  return index !== undefined && /^\d+$/.test(index) ? Number(index) : undefined;
}
