import { StorefrontSilent } from '../../storefront/get-answer.ts';
import { checkedStorefront, type CheckedStorefront, type CheckTarget } from './checked-storefront.ts';
import { broken, untried, type Outcome, type StorefrontPromise } from './promise.ts';

/** A promise, and whether it is kept. */
export interface PromiseResult extends Outcome {
  promise: StorefrontPromise;
}

/**
 * Tries promises out on a storefront, one after the other, and tells of each as it ends. Where that ends in an error, or
 * nobody listens any more, those that are always tried still are: they put back what others changed.
 */
export async function* runPromises(
  promises: readonly StorefrontPromise[],
  target: CheckTarget,
): AsyncGenerator<PromiseResult, void> {
  const storefront = checkedStorefront(target);
  const left = new Set(promises);
  try {
    for (const promise of promises) {
      left.delete(promise);
      const { status, detail, todo = promise.todo } = await outcomeOf(promise, promises, storefront);
      storefront.found.set(promise.id, status);
      yield { promise, status, detail, ...(status === 'failed' && { todo }) };
    }
  } finally {
    for (const promise of left)
      if (promise.always) await outcomeOf(promise, promises, storefront).catch(() => undefined);
  }
}

async function outcomeOf(
  promise: StorefrontPromise,
  promises: readonly StorefrontPromise[],
  storefront: CheckedStorefront,
): Promise<Outcome> {
  if (storefront.signal?.aborted && !promise.always) return untried('the check was stopped');
  const missing = promise.needs?.find((id) => storefront.found.get(id) !== 'ok');
  if (missing !== undefined) {
    const name = promises.find(({ id }) => id === missing)?.name ?? missing;
    return untried(`says nothing unless it ${name}`);
  }
  try {
    return await promise.try(storefront);
  } catch (error) {
    if (error instanceof StorefrontSilent) return broken(error.message);
    throw error;
  }
}
