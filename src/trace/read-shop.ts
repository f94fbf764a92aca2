import { readBack } from '../storefront/read-back.ts';
import { printableReason } from '../storefront/reason.ts';
import type { TraceStorefront } from './trace.ts';

/** What a shop was read to show of an item. Only what a read-back saw is `shown`. */
export type Shop =
  | { kind: 'shown'; quantity: number; version: number }
  | { kind: 'unknown item' }
  | { kind: 'no answer'; why: string }
  | { kind: 'no address' };

/** Reads what the shop shows now, as a customer's browser would. */
export async function readShop(
  storefrontUrl: string | undefined,
  itemId: string,
  timeoutMs: number,
): Promise<Shop> {
  if (storefrontUrl === undefined) return { kind: 'no address' };
  try {
    const shown = await readBack({ storefrontUrl, itemId, timeoutMs });
    return shown ? { kind: 'shown', ...shown } : { kind: 'unknown item' };
  } catch (error) {
    return { kind: 'no answer', why: printableReason((error as Error).message) };
  }
}

/** The same as a trace tells it. */
export function describeShop(shop: Shop): TraceStorefront | null {
  switch (shop.kind) {
    case 'shown':
      return { quantity: shop.quantity, version: shop.version };
    case 'unknown item':
      return { error: 'the storefront does not know the item' };
    case 'no answer':
      return { error: shop.why };
    case 'no address':
      return null;
  }
}
