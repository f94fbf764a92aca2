import { setTimeout as sleep } from 'node:timers/promises';

/** Something that runs until it ends, by itself or because it was stopped. */
export interface Part {
  /** Resolves when it has ended, with how in words. */
  exited: Promise<string>;
}

/** So many ends within `RAPID_MS` mean that starting it again does not help. */
const RAPID_ENDS = 5;
const RAPID_MS = 60_000;
const PAUSE_MS = 1_000;

/**
 * Starts a part, and starts it again each time it ends by itself, until the signal fires.
 *
 * @param start gets the part's former run, so that it can take the same port
 * @param onGivenUp called when it ends again and again
 * @throws what the first start throws
 */
export async function keepRunning<T extends Part>(
  name: string,
  start: (former?: T) => Promise<T>,
  options: { signal: AbortSignal; say: (line: string) => void; onGivenUp: (why: string) => void },
): Promise<T> {
  const { signal, say, onGivenUp } = options;
  const first = await start();

  const watch = async (): Promise<void> => {
    let part = first;
    let ends: number[] = [];
    for (;;) {
      const how = await part.exited;
      for (;;) {
        if (signal.aborted) return;
        ends = [...ends.filter((at) => at > Date.now() - RAPID_MS), Date.now()];
        if (ends.length > RAPID_ENDS) {
          onGivenUp(`${name} ended ${RAPID_ENDS} times within a minute, the last time with ${how}`);
          return;
        }
        say(`${name} ended with ${how}; starting it again`);
        try {
          await sleep(PAUSE_MS, undefined, { signal });
          part = await start(part);
          say(`${name} is back`);
          break;
        } catch (error) {
          if (!signal.aborted)
            say(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
  };
  void watch();
  return first;
}
