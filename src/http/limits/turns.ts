/** Thrown when there is no turn to be had now. */
export class NoTurn extends Error {
  override name = 'NoTurn';
}

export interface TurnLimits {
  perToken: number;
  perTenant: number;
  total: number;
  /** How many may wait, of a token and in all, and how long, in ms. */
  waitingPerToken: number;
  waiting: number;
  waitMs: number;
}

export interface Turns {
  /** Whether the next one of this token would be refused. */
  isFull(token: string): boolean;
  /**
   * Waits for a turn.
   *
   * @param gone the asker does not wait any longer
   * @returns what ends the turn; to be called once
   * @throws NoTurn where too many wait already, or it took too long
   */
  take(token: string, tenant: string, gone?: AbortSignal): Promise<() => void>;
}

interface Waiting {
  token: string;
  tenant: string;
  begin: () => void;
}

/** Bounds what is worked on at once: of a token, of a tenant, and in all. First come, first served, whose turn it can be. */
export function createTurns(limits: TurnLimits): Turns {
  const tokens = new Map<string, number>();
  const tenants = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let total = 0;

  const fits = ({ token, tenant }: Pick<Waiting, 'token' | 'tenant'>): boolean =>
    total < limits.total &&
    (tokens.get(token) ?? 0) < limits.perToken &&
    (tenants.get(tenant) ?? 0) < limits.perTenant;
  const count = ({ token, tenant }: Pick<Waiting, 'token' | 'tenant'>, change: 1 | -1): void => {
    total += change;
    add(tokens, token, change);
    add(tenants, tenant, change);
  };
  const begun = (who: Pick<Waiting, 'token' | 'tenant'>): (() => void) => {
    count(who, 1);
    return () => {
      count(who, -1);
      for (const next of waiting) if (fits(next)) next.begin();
    };
  };
  const mayWait = (token: string): boolean => {
    let own = 0;
    for (const one of waiting) if (one.token === token) own += 1;
    return own < limits.waitingPerToken && waiting.size < limits.waiting;
  };
  return {
    isFull: (token) => (tokens.get(token) ?? 0) >= limits.perToken && !mayWait(token),
    take: async (token, tenant, gone) => {
      const who = { token, tenant };
      if (fits(who)) return begun(who);
      if (!mayWait(token)) throw new NoTurn();
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(mine);
          clearTimeout(timer);
          gone?.removeEventListener('abort', giveUp);
        };
        const giveUp = (): void => {
          leave();
          reject(new NoTurn());
        };
        const mine: Waiting = {
          ...who,
          begin: () => {
            leave();
            resolve(begun(who));
          },
        };
        const timer = setTimeout(giveUp, limits.waitMs);
        gone?.addEventListener('abort', giveUp);
        waiting.add(mine);
      });
    },
  };
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const next = (counts.get(name) ?? 0) + change;
  if (next === 0) counts.delete(name);
  else counts.set(name, next);
}
