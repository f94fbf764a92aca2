/** Tells one reader of a tenant's change feed when there is something new. */
export interface HeadWatch {
  /** Grows with each look that found another head: to be asked before what there is is read. */
  mark(): number;
  /**
   * Waits until the mark is another one than it was, for so many ms at most, or until the signal fires.
   *
   * @returns whether it is
   */
  grown(since: number, ms: number, signal: AbortSignal): Promise<boolean>;
  /** To be called once: it waits for nothing any more. */
  leave(): void;
}

interface Watched {
  head: string | undefined;
  mark: number;
  readers: number;
  waiting: Set<() => void>;
}

/**
 * Looks where the change feeds of tenants end, each tenant's as long as somebody waits for it, and once for all of
 * them. Polled, and not notified: a change may be told when an older transaction ends, which says nothing of it.
 *
 * @param read see readHead; where it fails, the next look is another try
 */
export function watchHeads(
  read: (tenant: string) => Promise<string>,
  everyMs: number,
): (tenant: string) => HeadWatch {
  const all = new Map<string, Watched>();

  const look = async (tenant: string, watched: Watched): Promise<void> => {
    const head = await read(tenant).catch(() => watched.head);
    if (head !== watched.head) {
      watched.head = head;
      watched.mark += 1;
      for (const wake of watched.waiting) wake();
    }
    if (watched.readers > 0) setTimeout(() => void look(tenant, watched), everyMs).unref();
  };
  const begin = (tenant: string): Watched => {
    const watched: Watched = { head: undefined, mark: 0, readers: 0, waiting: new Set() };
    all.set(tenant, watched);
    return watched;
  };

  return (tenant) => {
    const watched = all.get(tenant) ?? begin(tenant);
    watched.readers += 1;
    if (watched.readers === 1) void look(tenant, watched);
    return {
      mark: () => watched.mark,
      grown: (since, ms, signal) => waitFor(watched, since, ms, signal),
      leave: () => {
        watched.readers -= 1;
        if (watched.readers === 0) all.delete(tenant);
      },
    };
  };
}

async function waitFor(watched: Watched, since: number, ms: number, signal: AbortSignal): Promise<boolean> {
  if (watched.mark === since && !signal.aborted) {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        watched.waiting.delete(wake);
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      watched.waiting.add(wake);
    });
  }
  return watched.mark !== since;
}
