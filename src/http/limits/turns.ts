/** Thrown when there is no turn to be had now. */
export class NoTurn extends Error {
  override name = 'NoTurn';
}

export interface TurnLimits {
  perPerson: number;
  perTenant: number;
  total: number;
  /** How many may wait, of a person, of a tenant and in all, and how long, in ms. */
  waitingPerPerson: number;
  waitingPerTenant: number;
  waiting: number;
  waitMs: number;
  /** While others wait, a turn is followed by a rest as long as it was itself, but at most so many ms. */
  longestRestMs: number;
}

/** For whom a turn counts. */
export interface Asker {
  /** Who asks: a token, or somebody who is signed in without one. */
  person: string;
  tenant: string;
}

export interface Turns {
  /** Whether the next one of this person would be refused, whatever the tenant. */
  isFull(person: string): boolean;
  /**
   * Waits for a turn.
   *
   * @param gone the asker does not wait any longer
   * @returns what ends the turn; to be called once
   * @throws NoTurn where too many wait already, or it took too long
   */
  take(asker: Asker, gone?: AbortSignal): Promise<() => void>;
}

interface Waiting extends Asker {
  begin: () => void;
}

/** Bounds what is worked on at once: of a person, of a tenant, and in all. First come, first served, whose turn it can be. */
export function createTurns(limits: TurnLimits): Turns {
  const working = createCounts();
  const waits = createCounts();
  const waiting = new Set<Waiting>();

  const fits = ({ person, tenant }: Asker): boolean =>
    working.total() < limits.total &&
    working.of('person', person) < limits.perPerson &&
    working.of('tenant', tenant) < limits.perTenant;
  const isPatient = (person: string): boolean =>
    waits.total() < limits.waiting && waits.of('person', person) < limits.waitingPerPerson;
  const mayWait = ({ person, tenant }: Asker): boolean =>
    isPatient(person) && waits.of('tenant', tenant) < limits.waitingPerTenant;
  const begun = (asker: Asker): (() => void) => {
    working.add(asker, 1);
    const since = performance.now();
    const end = (): void => {
      working.add(asker, -1);
      for (const next of waiting) if (fits(next)) next.begin();
    };
    return () => {
      const restMs = waiting.size > 0 ? Math.min(performance.now() - since, limits.longestRestMs) : 0;
      if (restMs > 0) setTimeout(end, restMs).unref();
      else end();
    };
  };
  return {
    isFull: (person) => working.of('person', person) >= limits.perPerson && !isPatient(person),
    take: async (asker, gone) => {
      if (fits(asker)) return begun(asker);
      if (!mayWait(asker)) throw new NoTurn();
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(mine);
          waits.add(asker, -1);
          clearTimeout(timer);
          gone?.removeEventListener('abort', giveUp);
        };
        const giveUp = (): void => {
          leave();
          reject(new NoTurn());
        };
        const mine: Waiting = {
          ...asker,
          begin: () => {
            leave();
            resolve(begun(asker));
          },
        };
        const timer = setTimeout(giveUp, limits.waitMs);
        gone?.addEventListener('abort', giveUp);
        waiting.add(mine);
        waits.add(asker, 1);
      });
    },
  };
}

interface Counts {
  total(): number;
  of(kind: keyof Asker, name: string): number;
  add(asker: Asker, change: 1 | -1): void;
}

function createCounts(): Counts {
  const counts = { person: new Map<string, number>(), tenant: new Map<string, number>() };
  let total = 0;
  const of = (kind: keyof Asker, name: string): number => counts[kind].get(name) ?? 0;
  return {
    total: () => total,
    of,
    add(asker, change) {
      total += change;
      for (const kind of ['person', 'tenant'] as const) {
        const next = of(kind, asker[kind]) + change;
        if (next === 0) counts[kind].delete(asker[kind]);
        else counts[kind].set(asker[kind], next);
      }
    },
  };
}
