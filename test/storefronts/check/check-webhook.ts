import { webhook } from '../../../src/storefront/kinds/webhook.ts';
import type { Limits } from '../../../src/storefront/kinds/kind.ts';
import type { CheckTarget } from '../../../src/storefronts/check/checked-storefront.ts';
import { promisesOf } from '../../../src/storefronts/check/promises.ts';
import { runPromises, type PromiseResult } from '../../../src/storefronts/check/run-promises.ts';

/** Tries out a storefront of kind webhook. */
export async function checkWebhook(
  storefront: { url: string; secret: Buffer; secretBefore?: Buffer; limits?: Limits },
  over: Partial<CheckTarget> = {},
): Promise<PromiseResult[]> {
  const results: PromiseResult[] = [];
  const target: CheckTarget = {
    ...{ name: 'shop', tenant: 'canary', kind: webhook, storefront: { ...storefront, config: {} } },
    ...{ nowSeconds: Date.now() / 1000, ...over },
  };
  for await (const result of runPromises(promisesOf('webhook'), target)) results.push(result);
  return results;
}

/** The promises with a status, by their ids. */
export function idsOf(results: readonly PromiseResult[], status: PromiseResult['status']): string[] {
  return results.filter((result) => result.status === status).map(({ promise }) => promise.id);
}
