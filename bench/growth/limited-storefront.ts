import { setTimeout as sleep } from 'node:timers/promises';
import { eventMaker } from '../events.ts';
import { measureLatency } from '../latency.ts';
import type { Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { percentile } from '../stats.ts';
import type { StorefrontCall } from '../storefront.ts';
import { postSigned, startOurs } from '../subjects.ts';
import { measureThroughput } from '../throughput.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const LIMITS = { callsPerSecond: 2, itemsPerCall: 50 };
const PER_SECOND = 60;
const TENANT = 'limited';

/**
 * One tenant whose storefront takes 2 calls a second with 50 items each, at 60 changed items/s: alone, and while another
 * tenant sends, too, of which that one's latency is told.
 */
export async function limitedStorefront(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const name = 'limited';
  const database = await parts.databaseOf(name);
  const secret = await database.addTenant(TENANT);
  await database.sql('UPDATE storefront SET limits = $2 WHERE tenant_id = $1', [
    ...[TENANT, JSON.stringify(LIMITS)],
  ]);
  const running = await startOurs(parts, { databaseName: name });
  const seconds = options.full ? 180 : 40;
  const rows: string[][] = [];
  try {
    await measureThroughput(parts, running, { prefix: 'limw', warmupSeconds: 10, seconds: 1 });
    const calm = await measureLatency(parts, running, { prefix: 'lima', perSecond: 5, count: 60 });
    rows.push(['none', '', '', '', '', '', figure(calm.p95)]);
    for (const another of [false, true]) {
      const before = parts.storefront.calls(TENANT).length;
      const beside = another
        ? measureLatency(parts, running, { prefix: 'limb', perSecond: 5, count: seconds * 5 })
        : undefined;
      const sent = new Map<string, number>();
      const posts: Promise<void>[] = [];
      const make = eventMaker(another ? 'limited-beside' : 'limited');
      const begun = performance.now();
      for (let no = 0; no < seconds * 10; no += 1) {
        const wait = begun + no * 100 - performance.now();
        if (wait > 0) await sleep(wait);
        const events = make(PER_SECOND / 10);
        for (const { sku } of events) sent.set(sku, performance.now());
        posts.push(postSigned(running.url, TENANT, secret, events));
      }
      await Promise.all(posts);
      await allAccepted(parts, [...sent.keys()]);
      const took = performance.now() - begun;
      const lags = [...sent].map(([sku, at]) => ((parts.storefront.accepted.get(sku) ?? 0) - at) / 1_000);
      const calls = parts.storefront.calls(TENANT).slice(before);
      rows.push([
        figure((sent.size * 1_000) / took, 1),
        ...[0.5, 0.95, 1].map((share) => figure(percentile(lags, share), 1)),
        ...[String(mostInASecond(calls)), figure(sent.size / calls.length, 1)],
        beside ? figure((await beside).p95) : '',
      ]);
    }
  } finally {
    await running.stop();
  }
  return {
    name: 'limited-storefront',
    markdown: table(
      [
        ...['items/s', 'lag p50, s', 'p95', 'most', 'most calls in 1 s', 'items a call'],
        'p95 of another tenant, ms',
      ],
      rows,
    ),
  };
}

async function allAccepted({ storefront }: Parts, skus: readonly string[]): Promise<void> {
  const end = performance.now() + 300_000;
  while (!skus.every((sku) => storefront.accepted.has(sku))) {
    if (performance.now() > end) throw new Error('some events were not accepted within five minutes');
    await sleep(50);
  }
}

function mostInASecond(calls: readonly StorefrontCall[]): number {
  return Math.max(
    ...calls.map(({ at }) => calls.filter((one) => one.at >= at && one.at < at + 1_000).length),
  );
}
