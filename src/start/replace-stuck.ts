import { setTimeout as sleep } from 'node:timers/promises';

export interface Watched {
  name: string;
  isReady(): Promise<boolean>;
  isAlive(): boolean;
  /** Stops it, by force where need be: whoever keeps it running starts it anew. */
  stop(): Promise<void>;
}

export interface StuckOptions {
  /** Whether what the part needs is there: without that, another one would be no better. */
  couldWork(): Promise<boolean>;
  say(line: string): void;
  signal: AbortSignal;
  everyMs?: number;
  patienceMs?: number;
}

/** Stops a part that lives but has not done its work for a minute, though it could. Ends with the part. */
export async function replaceWhenStuck(part: Watched, options: StuckOptions): Promise<void> {
  const { couldWork, say, signal, everyMs = 5_000, patienceMs = 60_000 } = options;
  let since: number | undefined;
  while (part.isAlive() && !signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted || (await part.isReady())) {
      since = undefined;
      continue;
    }
    since ??= performance.now();
    if (performance.now() - since < patienceMs) continue;
    since = undefined;
    if (!part.isAlive() || !(await couldWork())) continue;
    say(`${part.name} lives, but has not been ready for ${patienceMs / 1000} s; replacing it`);
    try {
      await part.stop();
    } catch (error) {
      say(`${part.name}: ${(error as Error).message}`);
    }
  }
}
