import { setTimeout as sleep } from 'node:timers/promises';
import { eventMaker } from './events.ts';
import type { Parts } from './parts.ts';
import { percentile } from './stats.ts';
import type { RunningSubject } from './subject.ts';

/** From the POST's first byte to the storefront's acceptance, ms. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
  count: number;
  /** One of each event, in the order of sending. */
  values: readonly number[];
}

/**
 * Sends single events at a steady rate and waits until all are accepted.
 *
 * The rate is kept whatever the answers take, so that a slow moment counts with all the events that met it.
 */
export async function measureLatency(
  parts: Parts,
  subject: RunningSubject,
  options: { prefix: string; perSecond: number; count: number },
): Promise<Latency> {
  const events = eventMaker(options.prefix)(options.count);
  const sent = new Map<string, number>();
  const posts: Promise<void>[] = [];
  const begun = performance.now();
  for (const [no, event] of events.entries()) {
    const wait = begun + (no * 1000) / options.perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    sent.set(event.sku, performance.now());
    posts.push(subject.post([event]));
  }
  await Promise.all(posts);
  const { accepted } = parts.storefront;
  const end = performance.now() + 60_000;
  while (!events.every(({ sku }) => accepted.has(sku))) {
    if (performance.now() > end) throw new Error('some events were not accepted within a minute');
    await sleep(20);
  }
  const values = events.map(({ sku }) => (accepted.get(sku) ?? 0) - (sent.get(sku) ?? 0));
  return {
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
    count: values.length,
    values,
  };
}
