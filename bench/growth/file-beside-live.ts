import { setTimeout as sleep } from 'node:timers/promises';
import { uploadFile } from '../../src/feed/run/upload-file.ts';
import { setFeed } from '../../src/feed/store/set-feed.ts';
import { usageOf } from '../cpu.ts';
import { bytesOf, MADE_FILES } from '../feeds/made-files.ts';
import { measureLatency } from '../latency.ts';
import { SUPPLIER, TENANT, type Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { percentile } from '../stats.ts';
import { startOurs } from '../subjects.ts';
import { measureThroughput } from '../throughput.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const FEED = 'night';
const PER_SECOND = 5;
const MIB = 2 ** 20;
const STATES = ['reading', 'recording'] as const;
const BY = { actor: 'bench', reason: 'a measurement' };

/** A supplier's large file: lines a second into the ledger, the worker's memory, and what live events feel of it. */
export async function fileBesideLive(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const records = options.full ? 1_000_000 : 100_000;
  const { database, sql } = await parts.databaseOf('file');
  await setFeed(database, async () => parts.secretsKeys, {
    tenant: TENANT,
    by: BY,
    text: JSON.stringify({
      ...{ feed: FEED, supplier: SUPPLIER, source: { upload: {} }, guards: { unheard: '100%' } },
      columns: { sku: 'sku', quantity: 'quantity', updatedAt: 'time', location: 'place' },
    }),
  });
  const running = await startOurs(parts, { databaseName: 'file' });
  try {
    await measureThroughput(parts, running, { prefix: 'warm', warmupSeconds: 10, seconds: 1 });
    const calm = await measureLatency(parts, running, { prefix: 'calm', perSecond: PER_SECOND, count: 150 });
    const [csv] = MADE_FILES;
    if (!csv) throw new Error('no file');
    const { runId } = await uploadFile(database, {
      ...{ tenant: TENANT, feed: FEED, name: 'stock.csv', by: BY, chunks: bytesOf(csv, records) },
    });
    const seconds: Record<string, number> = {};
    const memory: number[] = [];
    const latencies: number[] = [];
    let ended = false;
    const live = (async () => {
      for (let no = 0; !ended; no += 1)
        latencies.push(
          ...(
            await measureLatency(parts, running, { prefix: `beside-${no}`, perSecond: PER_SECOND, count: 50 })
          ).values,
        );
    })();
    for (let last = performance.now(); !ended;) {
      const [run] = await sql<{ state: string; failure: string | null }>(
        `SELECT state, failure FROM feed_run WHERE id = '${runId}'`,
      );
      const state = run?.state ?? 'gone';
      const now = performance.now();
      seconds[state] = (seconds[state] ?? 0) + (now - last) / 1000;
      last = now;
      const usage = usageOf(running.processes.worker?.pid ?? 0);
      if (usage) memory.push(usage.residentBytes);
      if (state === 'completed') ended = true;
      else if (!STATES.some((one) => one === state)) throw new Error(`the run is ${state}: ${run?.failure}`);
      await sleep(200);
    }
    await live;
    const quarter = (no: number): number =>
      Math.max(
        ...memory.slice(Math.floor((memory.length * no) / 4), Math.ceil((memory.length * (no + 1)) / 4)),
      );
    const p95 = percentile(latencies, 0.95);
    return {
      name: 'feed-file',
      markdown: table(
        [
          'lines of a file',
          'read and judged, lines/s',
          'into the ledger, lines/s',
          "worker's memory by quarters, MiB",
          'p95 of live events, ms: calm',
          'beside the file',
          'ratio',
        ],
        [
          [
            records.toLocaleString('en'),
            figure(records / (seconds.reading ?? NaN)),
            figure(records / (seconds.recording ?? NaN)),
            [0, 1, 2, 3].map((no) => figure(quarter(no) / MIB)).join(', '),
            figure(calm.p95),
            figure(p95),
            figure(p95 / calm.p95, 2),
          ],
        ],
      ),
    };
  } finally {
    await running.stop();
  }
}
