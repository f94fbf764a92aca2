import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProduct } from './product.ts';

/**
 * Looks at product pages all the time, so that the storefront keeps pages of old versions: a cache bust that was lost
 * is seen only then.
 */
export function shopAround(product: FaultProduct, itemIds: readonly string[]): { stop(): Promise<void> } {
  let stopped = false;
  const walk = async (): Promise<void> => {
    for (let at = 0; !stopped; at += 1) {
      const itemId = itemIds[at % itemIds.length] ?? '';
      await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(itemId)}`)
        .then((answer) => answer.arrayBuffer())
        .catch(() => undefined);
      await sleep(20);
    }
  };
  const ended = walk();
  return {
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}
