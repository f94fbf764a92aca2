import { measureLatency } from '../latency.ts';
import type { Parts } from '../parts.ts';
import { eventMaker } from '../events.ts';
import { figure, table } from '../report/markdown.ts';
import { postSigned, startOurs } from '../subjects.ts';
import { measureThroughput } from '../throughput.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const EVENTS = 300;

/** One tenant's throughput and latency while another tenant's storefront takes requests and never answers. */
export async function hangingStorefront(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const name = 'hanging';
  const database = await parts.databaseOf(name);
  const secret = await database.addTenant('hangs');
  const rows: string[][] = [];
  const running = await startOurs(parts, { databaseName: name });
  try {
    const seconds = options.full ? 30 : 10;
    for (const hangs of [false, true]) {
      if (hangs) {
        parts.storefront.misbehave('hangs', 'hang');
        const make = eventMaker('hangs');
        for (let sent = 0; sent < EVENTS; sent += 100)
          await postSigned(running.url, 'hangs', secret, make(100));
      }
      const prefix = hangs ? 'beside' : 'alone';
      await measureLatency(parts, running, { prefix: `${prefix}w`, perSecond: 20, count: 20 });
      const latency = await measureLatency(parts, running, { prefix: `${prefix}l`, perSecond: 5, count: 40 });
      const { eventsPerSecond } = await measureThroughput(parts, running, {
        prefix: `${prefix}t`,
        warmupSeconds: 10,
        seconds,
      });
      rows.push([
        hangs ? `${EVENTS} events of another tenant wait for a storefront that hangs` : 'alone',
        figure(eventsPerSecond, 1),
        figure(latency.p50),
        figure(latency.p95),
      ]);
    }
  } finally {
    parts.storefront.misbehave('hangs', undefined);
    await running.stop();
  }
  return {
    name: 'hanging-storefront',
    markdown: table(['a tenant, beside …', 'events/s', 'p50, ms', 'p95'], rows),
  };
}
