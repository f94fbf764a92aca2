import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from './cpu.ts';
import { eventMaker } from './events.ts';
import type { Parts } from './parts.ts';
import type { RunningSubject } from './subject.ts';

export interface Throughput {
  eventsPerSecond: number;
  /** By process: CPU seconds for an event. */
  cpuPerEvent: Record<string, number>;
}

const BATCH = 50;
/** Events handed over and not yet done: enough that nobody waits for the feed. */
const BACKLOG = 600;
const DRAIN_MS = 60_000;

/**
 * Keeps a backlog in front of a subject; after a warm-up, counts what comes to its end.
 *
 * @throws when nothing is done within the drain time: a rate of a subject that hangs would be a lie
 */
export async function measureThroughput(
  parts: Parts,
  subject: RunningSubject,
  options: { prefix: string; warmupSeconds: number; seconds: number },
): Promise<Throughput> {
  const make = eventMaker(options.prefix);
  let posted = 0;
  let stopped = false;
  const feed = async (): Promise<void> => {
    while (!stopped) {
      if (posted - (await subject.done()) >= BACKLOG) {
        await sleep(20);
        continue;
      }
      await subject.post(make(BATCH));
      posted += BATCH;
    }
  };
  const feeding = feed();
  // Whoever waits below must hear of it at once, and not at the end.
  const failed = feeding.then(() => new Promise<never>(() => undefined));
  await Promise.race([sleep(options.warmupSeconds * 1000), failed]);
  const before = { done: await subject.done(), at: performance.now(), cpu: cpuOf(parts, subject) };
  await Promise.race([sleep(options.seconds * 1000), failed]);
  const after = { done: await subject.done(), at: performance.now(), cpu: cpuOf(parts, subject) };
  stopped = true;
  await feeding;
  const end = performance.now() + DRAIN_MS;
  while ((await subject.done()) < posted) {
    if (performance.now() > end) {
      throw new Error(`${posted - (await subject.done())} of ${posted} events did not come to their end`);
    }
    await sleep(50);
  }
  const count = after.done - before.done;
  return {
    eventsPerSecond: (count * 1000) / (after.at - before.at),
    cpuPerEvent: Object.fromEntries(
      Object.entries(after.cpu).map(([name, cpu]) => [name, (cpu - (before.cpu[name] ?? 0)) / count]),
    ),
  };
}

/** CPU seconds so far, by process; PostgreSQL with all its backends. Empty where it cannot be read. */
export function cpuOf(parts: Parts, subject: RunningSubject): Record<string, number> {
  const pids = {
    ...Object.fromEntries(Object.entries(subject.processes).map(([name, { pid }]) => [name, pid])),
    Temporal: parts.temporal.pid,
    PostgreSQL: parts.postgres.pid,
    'load and storefront': process.pid,
  };
  const found: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) {
    // This process is everybody's parent.
    const usage = name === 'load and storefront' ? ownCpu() : usageOf(pid)?.cpuSeconds;
    if (usage !== undefined) found[name] = usage;
  }
  return found;
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
