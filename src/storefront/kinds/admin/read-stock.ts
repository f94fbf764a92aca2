import { StorefrontSilent } from '../../get-answer.ts';
import type { ShownItem } from '../kind.ts';
import type { StockApi } from './stock-api.ts';

/**
 * What a shop has of an item now. Version 0: it was never told of it by us.
 *
 * @returns undefined for a SKU that it does not have
 * @throws StorefrontSilent
 */
export async function readStock(shop: StockApi<unknown>, sku: string): Promise<ShownItem | undefined> {
  const [entry, ...others] = (await shop.read([sku])).filter((one) => one.sku === sku);
  if (!entry || (entry.quantity === null && entry.untellable !== undefined)) return undefined;
  if (others.length > 0) {
    throw new StorefrontSilent(`read back item: ${others.length + 1} things in the shop have its SKU`);
  }
  const { quantity } = entry;
  if (quantity !== null && !Number.isInteger(quantity)) {
    throw new StorefrontSilent(`read back item: the shop has ${quantity} of it, which is no whole number`);
  }
  return { quantity: quantity ?? 0, version: entry.version ?? 0 };
}
