import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from './cpu.ts';
import { eventMaker } from './events.ts';
import type { Parts } from './parts.ts';
import { watchStore, type StoreUse } from './store-use.ts';
import type { RunningSubject } from './subject.ts';

export interface Throughput {
  eventsPerSecond: number;
  /** By process: CPU seconds for an event. */
  cpuPerEvent: Record<string, number>;
  /** An event's, where Temporal's data are in PostgreSQL. */
  store?: StoreUse;
}

const BATCH = 25;
/** Events handed over and not yet done: some seconds' worth, so that nobody waits for the feed. */
const LEAST_BACKLOG = 100;
const BACKLOG_SECONDS = 3;
/** Without a single event coming to its end. */
const STUCK_MS = 60_000;

/**
 * Keeps a backlog in front of a subject; after a warm-up, counts what comes to its end.
 *
 * @throws when the rest never comes to its end: the rate of a subject that loses events would be a lie
 */
export async function measureThroughput(
  parts: Parts,
  subject: RunningSubject,
  options: { prefix: string; warmupEvents?: number; warmupSeconds: number; seconds: number },
): Promise<Throughput> {
  const make = eventMaker(options.prefix);
  const doneBefore = await subject.done();
  let posted = 0;
  let stopped = false;
  const begun = performance.now();
  const feed = async (): Promise<void> => {
    while (!stopped) {
      const done = (await subject.done()) - doneBefore;
      const perSecond = (done * 1000) / (performance.now() - begun);
      if (posted - done >= Math.max(LEAST_BACKLOG, perSecond * BACKLOG_SECONDS)) {
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
  await Promise.race([
    warm(subject, doneBefore + (options.warmupEvents ?? Infinity), options.warmupSeconds),
    failed,
  ]);
  const endWatch = await watchStore(parts);
  const before = { done: await subject.done(), at: performance.now(), cpu: cpuOf(parts, subject) };
  await Promise.race([sleep(options.seconds * 1000), failed]);
  const after = { done: await subject.done(), at: performance.now(), cpu: cpuOf(parts, subject) };
  const store = await endWatch?.();
  stopped = true;
  await feeding;
  await drained(subject, doneBefore + posted);
  const count = after.done - before.done;
  if (count === 0) throw new Error('no event came to its end while it was measured');
  return {
    eventsPerSecond: (count * 1000) / (after.at - before.at),
    cpuPerEvent: Object.fromEntries(
      Object.entries(after.cpu).map(([name, cpu]) => [name, (cpu - (before.cpu[name] ?? 0)) / count]),
    ),
    ...(store && { store: perEvent(store, count) }),
  };
}

const perEvent = (use: StoreUse, events: number): StoreUse => ({
  commits: { temporal: use.commits.temporal / events, ours: use.commits.ours / events },
  walBytes: use.walBytes / events,
  temporalBytes: use.temporalBytes / events,
  busiest: use.busiest,
});

/** Until so many events came to their end since the subject's start, but no longer than so many seconds. */
export async function warm(subject: RunningSubject, wanted: number, atMostSeconds: number): Promise<void> {
  const end = performance.now() + atMostSeconds * 1000;
  while ((await subject.done()) < wanted && performance.now() < end) await sleep(50);
}

/** Waits for the rest. */
async function drained(subject: RunningSubject, wanted: number): Promise<void> {
  let done = await subject.done();
  let end = performance.now() + STUCK_MS;
  while (done < wanted) {
    await sleep(50);
    const now = await subject.done();
    if (now > done) end = performance.now() + STUCK_MS;
    else if (performance.now() > end) throw new Error(`${wanted - done} events did not come to their end`);
    done = now;
  }
}

/** CPU seconds so far, by process; PostgreSQL with all its backends. Empty where it cannot be read. */
export function cpuOf(parts: Parts, subject: Pick<RunningSubject, 'processes'>): Record<string, number> {
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
  const { role } = parts.temporal;
  if (role !== undefined && found.PostgreSQL !== undefined) {
    const its =
      usageOf(parts.postgres.pid, (title) => title.startsWith(`postgres: ${role} `))?.cpuSeconds ?? 0;
    found["Temporal's PostgreSQL"] = its;
    found.PostgreSQL -= its;
  }
  return found;
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
