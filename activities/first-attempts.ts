export interface FirstAttempts {
  /** Whether a first attempt is worth making now. */
  allowed(target: string): boolean;
  /** One is under way; the answer, called when it has ended, gives its place back. */
  begin(target: string): () => void;
  succeeded(target: string): void;
  /** It failed, or took so long that it should rather have waited elsewhere. */
  failed(target: string): void;
}

/** The workflow slots of a worker: each first attempt holds one. */
export const FIRST_ATTEMPTS_AT_ONCE = 60;

interface Target {
  inARow: number;
  restsUntil: number;
  underWay: number;
}

/**
 * Remembers, for this process, which targets (a storefront, the database) failed several times in a row.
 *
 * A first attempt runs inside a workflow task, and one that waits for a dead target holds the task's slot for
 * seconds. So after `failures` in a row there are none for `restMs`, and then one at a time until one succeeds: the
 * event goes straight to its ordinary activity, which waits in Temporal and not in a slot.
 *
 * For the same reason a target gets another one only while more places are free than it has already: one slow
 * storefront takes half of them, two take a third each, and some are always left for the others (dynamic thresholds,
 * Choudhury and Hahne 1998).
 */
export function createFirstAttempts(
  options: { failures?: number; restMs?: number; places?: number; now?: () => number } = {},
): FirstAttempts {
  const {
    failures = 5,
    restMs = 10_000,
    places = FIRST_ATTEMPTS_AT_ONCE,
    now = () => performance.now(),
  } = options;
  let taken = 0;
  const targets = new Map<string, Target>();
  const of = (name: string): Target => {
    const target = targets.get(name) ?? { inARow: 0, restsUntil: 0, underWay: 0 };
    targets.set(name, target);
    return target;
  };
  // What is as good as unknown is forgotten: there is no bound to the tenants of a long-lived process.
  const forgetIfWell = (name: string, { inARow, underWay }: Target): void => {
    if (inARow === 0 && underWay === 0) targets.delete(name);
  };
  return {
    allowed: (name) => {
      const target = targets.get(name);
      if (!target) return taken < places;
      return target.restsUntil <= now() && target.underWay < (target.inARow >= failures ? 1 : places - taken);
    },
    begin: (name) => {
      const target = of(name);
      target.underWay += 1;
      taken += 1;
      return () => {
        target.underWay -= 1;
        taken -= 1;
        forgetIfWell(name, target);
      };
    },
    succeeded: (name) => {
      const target = targets.get(name);
      if (!target) return;
      target.inARow = 0;
      target.restsUntil = 0;
      forgetIfWell(name, target);
    },
    failed: (name) => {
      const target = of(name);
      target.inARow += 1;
      if (target.inARow >= failures) target.restsUntil = now() + restMs;
    },
  };
}
