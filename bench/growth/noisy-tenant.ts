import { setTimeout as sleep } from 'node:timers/promises';
import { eventMaker } from '../events.ts';
import type { BenchDatabase, Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { percentile } from '../stats.ts';
import { postSigned, startOurs } from '../subjects.ts';
import { measureThroughput } from '../throughput.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

async function isUndecided({ sql }: BenchDatabase, tenant: string): Promise<boolean> {
  const found = await sql('SELECT 1 FROM supplier_event WHERE tenant_id = $1 AND decision IS NULL LIMIT 1', [
    tenant,
  ]);
  return found.length > 0;
}

const BESIDE = ['calm', 'flood', 'dead shop'] as const;

/**
 * Many tenants, an event each at a steady rate: calm, beside one that floods the ledger, and beside one whose storefront
 * takes requests and never answers.
 */
export async function noisyTenant(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const [tenants, flood] = options.full ? [1_000, 5_000] : [100, 500];
  const perSecond = 8;
  const database = await parts.databaseOf('tenants');
  const secrets = new Map<string, Buffer>();
  for (let no = 1; no <= tenants; no += 1) secrets.set(`t${no}`, await database.addTenant(`t${no}`));
  const running = await startOurs(parts, { databaseName: 'tenants' });
  const rows: string[][] = [];
  try {
    await measureThroughput(parts, running, { prefix: 'warm', warmupSeconds: 10, seconds: 1 });
    for (const beside of BESIDE) {
      const make = eventMaker(beside.replace(' ', '-'));
      if (beside !== 'calm') {
        const noisy = beside === 'flood' ? 'noisy' : 'dead';
        const secret = await database.addTenant(noisy);
        if (noisy === 'dead') parts.storefront.misbehave(noisy, 'hang');
        const more = eventMaker(noisy);
        for (let sent = 0; sent < flood; sent += 100) await postSigned(running.url, noisy, secret, more(100));
        // Until they are decided it is a flood, too.
        if (noisy === 'dead') while (await isUndecided(database, noisy)) await sleep(200);
      }
      const sent = new Map<string, number>();
      const posts: Promise<void>[] = [];
      const begun = performance.now();
      for (const [no, [tenant, secret]] of [...secrets].entries()) {
        const wait = begun + (no * 1000) / perSecond - performance.now();
        if (wait > 0) await sleep(wait);
        const events = make(1);
        for (const { sku } of events) sent.set(sku, performance.now());
        posts.push(postSigned(running.url, tenant, secret, events));
      }
      await Promise.all(posts);
      while (![...sent.keys()].every((sku) => parts.storefront.accepted.has(sku))) await sleep(50);
      const lags = [...sent].map(([sku, at]) => (parts.storefront.accepted.get(sku) ?? 0) - at);
      rows.push([
        {
          calm: 'calm',
          flood: `beside one with ${flood.toLocaleString('en')} events at once`,
          'dead shop': `beside one whose shop is dead, ${flood.toLocaleString('en')} events waiting for it`,
        }[beside],
        figure(percentile(lags, 0.5)),
        figure(percentile(lags, 0.95)),
      ]);
    }
  } finally {
    parts.storefront.misbehave('dead', undefined);
    await running.stop();
  }
  return {
    name: 'tenants',
    markdown: table(
      [`${tenants.toLocaleString('en')} tenants, ${perSecond} events/s in all`, 'lag p50, ms', 'p95'],
      rows,
    ),
  };
}
