/** Which storefronts failed again and again, as far as this process knows. */
export interface StorefrontBreaker {
  /** Those of a tenant that are left alone now. */
  resting(tenant: string): Resting[];
  /**
   * Somebody comes in vain while they are left alone.
   *
   * @returns how many came so during a rest, at most, which is about how many wait; and for how long it has been so, in ms
   */
  cameInVain(tenant: string): { count: number; forMs: number };
  /** It is called: by one at a time, where its rest is over and it is not known yet to be well. */
  called(tenant: string, storefront: string): void;
  succeeded(tenant: string, storefront: string): void;
  /** @param item which it was: one that a storefront cannot do with says nothing of the others */
  failed(tenant: string, storefront: string, item: string, reason: string): void;
}

/** A storefront that is left alone, for what it did last, for so long, in ms. */
export interface Resting {
  storefront: string;
  reason: string;
  forMs: number;
}

interface Trouble {
  inARow: number;
  item: string;
  restMs: number;
  restsUntil: number;
  isTried: boolean;
  reason: string;
  /** Its first failure. */
  since: number;
  inVain: { since: number; count: number; before: number };
}

/**
 * @param options.failures in a row, each of another item than the one before it, after which one is left alone
 * @param options.restMs for how long, first; it doubles up to `mostRestMs` each time that it is tried in vain
 * @param options.now in ms, by a clock that is not set back
 */
export function createStorefrontBreaker(
  options: { failures?: number; restMs?: number; mostRestMs?: number; now?: () => number } = {},
): StorefrontBreaker {
  const { failures = 5, restMs = 10_000, mostRestMs = 30_000, now = () => performance.now() } = options;
  const tenants = new Map<string, Map<string, Trouble>>();
  return {
    resting: (tenant) =>
      [...(tenants.get(tenant) ?? [])].flatMap(([storefront, { inARow, restsUntil, reason }]) => {
        const forMs = restsUntil - now();
        return inARow >= failures && forMs > 0 ? [{ storefront, reason, forMs }] : [];
      }),
    cameInVain: (tenant) => {
      const found = { count: 0, forMs: 0 };
      for (const trouble of tenants.get(tenant)?.values() ?? []) {
        if (trouble.inARow < failures || trouble.restsUntil <= now()) continue;
        const { since, count, before } = trouble.inVain;
        const isOver = now() - since >= trouble.restMs;
        trouble.inVain = isOver
          ? { since: now(), count: 1, before: count }
          : { since, count: count + 1, before };
        found.count = Math.max(found.count, trouble.inVain.count, trouble.inVain.before);
        found.forMs = Math.max(found.forMs, now() - trouble.since);
      }
      return found;
    },
    called: (tenant, storefront) => {
      const trouble = tenants.get(tenant)?.get(storefront);
      if (!trouble || trouble.inARow < failures || trouble.restsUntil > now()) return;
      trouble.isTried = true;
      trouble.restsUntil = now() + trouble.restMs;
    },
    succeeded: (tenant, storefront) => {
      const own = tenants.get(tenant);
      own?.delete(storefront);
      if (own?.size === 0) tenants.delete(tenant);
    },
    failed: (tenant, storefront, item, reason) => {
      const own = tenants.get(tenant) ?? new Map<string, Trouble>();
      tenants.set(tenant, own);
      const since = now();
      const inVain = { since, count: 0, before: 0 };
      const fresh = { inARow: 0, item: '', restMs, restsUntil: 0, isTried: false, reason, since, inVain };
      const trouble = own.get(storefront) ?? fresh;
      own.set(storefront, trouble);
      trouble.reason = reason;
      if (trouble.inARow < failures && trouble.item === item) return;
      trouble.item = item;
      trouble.inARow += 1;
      if (trouble.inARow < failures) return;
      if (trouble.isTried) trouble.restMs = Math.min(trouble.restMs * 2, mostRestMs);
      trouble.isTried = false;
      trouble.restsUntil = now() + trouble.restMs;
    },
  };
}
