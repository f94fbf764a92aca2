import { judgeValue, type Bound } from '../domain/verdict.ts';
import type { Verdict } from '../domain/signals.ts';
import type { Reading, StorefrontReading } from './signal.ts';

/** What a signal said of one storefront of a tenant, or of its part of a supplier. */
export type ReadOfOne = Omit<Reading, 'storefronts'> & { storefront: string };

const RANK: Readonly<Record<Verdict, number>> = { miss: 2, inconclusive: 1, pass: 0 };

/**
 * Makes one reading of those of several storefronts: the worst counts, so that a sick cache does not hide behind a healthy
 * shop, and names its storefront. The reading of a single storefront stays as it is.
 */
export function worstStorefronts(
  readings: readonly ReadOfOne[],
  { bound, atLeast }: { bound: Bound; atLeast: number },
): Reading[] {
  const groups = new Map<string, (ReadOfOne & { verdict: Verdict })[]>();
  for (const one of readings) {
    const key = `${one.tenant}/${one.supplier ?? ''}`;
    const judged = { ...one, verdict: judgeValue(one, bound, atLeast) };
    groups.set(key, [...(groups.get(key) ?? []), judged]);
  }
  return [...groups.values()].flatMap((group) => {
    const inOrder = group.toSorted((a, b) => (a.storefront < b.storefront ? -1 : 1));
    const worst = worstOf(inOrder);
    if (!worst) return [];
    const { tenant, supplier, value, of, reason, storefront } = worst;
    if (group.length === 1) return [{ tenant, supplier, value, of, reason }];
    const storefronts = inOrder.map((one): StorefrontReading => ({
      ...{ storefront: one.storefront, value: one.value, verdict: one.verdict, reason: one.reason },
    }));
    return [{ tenant, supplier, value, of, reason: `storefront ${storefront}: ${reason}`, storefronts }];
  });
}

/** The one that counts of several, which are in the order of their names. */
export function worstOf<One extends { verdict: Verdict; value: number | null }>(
  readings: readonly One[],
): One | undefined {
  const [worst] = readings.toSorted(
    (a, b) => RANK[b.verdict] - RANK[a.verdict] || (b.value ?? -1) - (a.value ?? -1),
  );
  return worst;
}
