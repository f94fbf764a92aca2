import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisedChild } from '../embedded/supervisor.ts';
import { INSTANCE_HEADER } from '../process/instance.ts';

/**
 * What answers at an address, where it is the instance that was started; undefined while nobody answers there, or
 * somebody else does: a port that was free when it was chosen may have become another program's since.
 */
export async function ownAnswer(
  url: string,
  instance: string,
  method: 'GET' | 'HEAD' = 'GET',
): Promise<{ isOk: boolean } | undefined> {
  try {
    const response = await fetch(url, { method, signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.headers.get(INSTANCE_HEADER) === instance ? { isOk: response.ok } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Waits until a child is ready.
 *
 * @param options.name as it is called in messages
 * @param options.lastWords of its log
 * @throws Error with the last it said when it ends before, or is not ready within `withinMs`: then it is stopped
 */
export async function untilReady(
  child: SupervisedChild,
  isReady: () => Promise<boolean>,
  options: { name: string; withinMs: number; lastWords: () => string; signal: AbortSignal },
): Promise<void> {
  const { name, withinMs, lastWords, signal } = options;
  const end = Date.now() + withinMs;
  while (!(await isReady())) {
    signal.throwIfAborted();
    if (!child.isAlive()) throw new Error(`${name} ended with ${await child.exited}:\n${lastWords()}`);
    if (Date.now() > end) {
      await child.stop();
      throw new Error(`${name} was not ready within ${withinMs / 1000} s:\n${lastWords()}`);
    }
    await sleep(50);
  }
}
