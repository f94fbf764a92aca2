import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisedChild } from '../src/embedded/supervisor.ts';
import type { BenchEvent } from './events.ts';

/** Something that takes events in and brings each of them to the storefront (or as far as it goes). */
export interface Subject {
  name: string;
  /** Without a publish there is nothing for the storefront to count and no latency. */
  publishes: boolean;
  start(): Promise<RunningSubject>;
}

export interface RunningSubject {
  /** Hands over at most 100 events; resolves when they are taken in for good. */
  post(events: readonly BenchEvent[]): Promise<void>;
  /** Events that came to their end since the start. */
  done(): number | Promise<number>;
  /** By the name that the tables give them. */
  processes: Record<string, SupervisedChild>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;

/** Waits until an address answers 200. @throws when the process ends before, or is not ready within a minute */
export async function untilReady(url: string, child: SupervisedChild, folder: string): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    if (!child.isAlive()) {
      const log = await readFile(path.join(folder, 'logs', `${child.name}.log`), 'utf8').catch(() => '');
      throw new Error(`${child.name} ended with ${await child.exited}\n${log.slice(-2000)}`);
    }
    if (Date.now() > end) throw new Error(`${child.name} was not ready within a minute`);
    await sleep(50);
  }
}
