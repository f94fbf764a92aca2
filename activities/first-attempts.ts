export interface FirstAttempts {
  /** Whether a first attempt is worth making now. */
  allowed(target: string): boolean;
  succeeded(target: string): void;
  failed(target: string): void;
}

/**
 * Remembers, for this process, which targets (a storefront, the database) failed several times in a row.
 *
 * A first attempt runs inside a workflow task, and one that waits for a dead target holds the task's slot for
 * seconds. So after `failures` in a row there are none for `restMs`: the event goes straight to its ordinary
 * activity, which waits in Temporal and not in a slot.
 */
export function createFirstAttempts(
  options: { failures?: number; restMs?: number; now?: () => number } = {},
): FirstAttempts {
  const { failures = 5, restMs = 10_000, now = Date.now } = options;
  const rows = new Map<string, { inARow: number; restsUntil: number }>();
  return {
    allowed: (target) => (rows.get(target)?.restsUntil ?? 0) <= now(),
    succeeded: (target) => {
      rows.delete(target);
    },
    failed: (target) => {
      const inARow = (rows.get(target)?.inARow ?? 0) + 1;
      rows.set(target, { inARow, restsUntil: inARow >= failures ? now() + restMs : 0 });
    },
  };
}
