/** Which storefronts failed again and again, as far as this process knows. */
export interface StorefrontBreaker {
  /**
   * Those of a tenant that whoever asks has to leave alone. One whose rest is over is not among them: the asker tries it,
   * and those who ask next leave it alone still, until it is known to be well.
   */
  resting(tenant: string): Resting[];
  succeeded(tenant: string, storefront: string): void;
  failed(tenant: string, storefront: string, reason: string): void;
}

/** A storefront that is left alone, for what it did last, until a time in ms. */
export interface Resting {
  storefront: string;
  reason: string;
  until: number;
}

interface Trouble {
  inARow: number;
  restMs: number;
  restsUntil: number;
  isTried: boolean;
  reason: string;
}

/**
 * @param options.failures in a row after which one is left alone
 * @param options.restMs for how long, first; it doubles up to `mostRestMs` each time that it is tried in vain
 */
export function createStorefrontBreaker(
  options: { failures?: number; restMs?: number; mostRestMs?: number; now?: () => number } = {},
): StorefrontBreaker {
  const { failures = 5, restMs = 10_000, mostRestMs = 30_000, now = Date.now } = options;
  const tenants = new Map<string, Map<string, Trouble>>();
  return {
    resting: (tenant) => {
      const resting: Resting[] = [];
      for (const [storefront, trouble] of tenants.get(tenant) ?? []) {
        if (trouble.inARow < failures) continue;
        if (trouble.restsUntil > now()) {
          resting.push({ storefront, reason: trouble.reason, until: trouble.restsUntil });
        } else {
          trouble.isTried = true;
          trouble.restsUntil = now() + trouble.restMs;
        }
      }
      return resting;
    },
    succeeded: (tenant, storefront) => {
      const own = tenants.get(tenant);
      own?.delete(storefront);
      if (own?.size === 0) tenants.delete(tenant);
    },
    failed: (tenant, storefront, reason) => {
      const own = tenants.get(tenant) ?? new Map<string, Trouble>();
      tenants.set(tenant, own);
      const trouble = own.get(storefront) ?? { inARow: 0, restMs, restsUntil: 0, isTried: false, reason };
      own.set(storefront, trouble);
      trouble.reason = reason;
      trouble.inARow += 1;
      if (trouble.inARow < failures) return;
      if (trouble.isTried) trouble.restMs = Math.min(trouble.restMs * 2, mostRestMs);
      trouble.isTried = false;
      trouble.restsUntil = now() + trouble.restMs;
    },
  };
}
