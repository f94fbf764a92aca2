import { randomUUID } from 'node:crypto';

/** No item has this SKU: those of items are in upper case. */
const SCRATCH_SKU = 'doctor-probe';
/** What SKUs of suppliers hold, and addresses have to be written for. */
const ODD_SKU = `${SCRATCH_SKU} ü/50% a+b?c#d&e=f;"g"`;
const UNKNOWN_SKU = `${SCRATCH_SKU}-unknown`;

/** Keeps the versions of the scratch item below 2^31 for decades, and above those of the checks before. */
const EPOCH_SECONDS = 1_700_000_000;

/** Something that a storefront may be told of, and that is not sold. */
export interface ScratchItem {
  itemId: string;
  tenant: string;
  sku: string;
}

/**
 * The item that everything is tried on, one with an odd name, and one of which a storefront is never told.
 *
 * @param sku of the first, where a shop has to have it
 */
export function scratchItems(
  tenant: string,
  sku = SCRATCH_SKU,
): Record<'item' | 'oddItem' | 'unknownItem', ScratchItem> {
  return {
    item: named(tenant, sku),
    oddItem: named(tenant, ODD_SKU),
    unknownItem: named(tenant, UNKNOWN_SKU),
  };
}

/** Items that no shop can have. */
export function unheardOf(tenant: string, count: number): ScratchItem[] {
  return Array.from({ length: count }, () => named(tenant, `${SCRATCH_SKU}-${randomUUID()}`));
}

function named(tenant: string, sku: string): ScratchItem {
  return { itemId: `${tenant}:${sku}`, tenant, sku };
}

/** Where the versions of a check begin. */
export function firstVersion(nowSeconds: number): number {
  return Math.floor(nowSeconds) - EPOCH_SECONDS;
}

/** The same for a version each time it is told: one version has one content. No two that follow each other share it. */
export function quantityOf(version: number): number {
  return (version % 900) + 1;
}
