import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `look` answers with something; its last fault, if any, is in the error when it never does. */
export async function until<T>(
  look: () => Promise<T | undefined | false>,
  withinMs = 45_000,
  pauseMs = 100,
): Promise<T> {
  const end = Date.now() + withinMs;
  let fault: unknown;
  do {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await sleep(pauseMs);
  } while (Date.now() < end);
  throw new Error(`it did not come to that within ${withinMs} ms`, { cause: fault });
}
