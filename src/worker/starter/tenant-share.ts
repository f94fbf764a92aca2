/** So long after its last event, a tenant counts as one that sends. */
const SENDS_FOR_MS = 10_000;
/** Of a worker's window, while others send too. */
const PART = 1 / 8;

/** How much of a worker's window one tenant may take. */
export interface TenantShare {
  /** Takes note of whose events were begun. */
  saw(tenants: readonly string[]): void;
  /** Events of one tenant that may be undecided at a time. */
  of(window: number): number;
}

/**
 * A tenant alone has the whole window, and a part of it while others send too: where all cores are busy, an event waits
 * for whatever is under way already, and so each tenant for the one that floods the ledger.
 *
 * @param now in ms
 */
export function openTenantShare(now: () => number = Date.now): TenantShare {
  const sentAt = new Map<string, number>();
  return {
    saw: (tenants) => {
      for (const tenant of tenants) sentAt.set(tenant, now());
    },
    of: (window) => {
      for (const [tenant, at] of sentAt) if (now() - at > SENDS_FOR_MS) sentAt.delete(tenant);
      return sentAt.size > 1 ? Math.ceil(window * PART) : window;
    },
  };
}
