import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from './cpu.ts';
import { openParts } from './parts.ts';
import { startOurs } from './subjects.ts';
import { measureThroughput } from './throughput.ts';

/**
 * A worker of this checkout beside one of another, both on the same ledger at the same time: what the machine does besides
 * meets both, so that a difference of two per cent is seen in a minute.
 *
 * node --import tsx two-workers.ts FOLDER [SECONDS]     FOLDER: another checkout, built, with the same migrations
 */
const [folder, seconds = '40'] = process.argv.slice(2);
if (folder === undefined) throw new Error('say the folder of another checkout, which has been built');
const WARMUP_SECONDS = 14;

const parts = await openParts((line) => console.error(line));
try {
  const running = await startOurs(parts, {
    workers: 2,
    otherCli: path.resolve(folder, 'dist/src/cli/main.js'),
  });
  const workers = ['worker-1', 'worker-2'].map((name, no) => ({
    name: no === 0 ? 'this checkout' : folder,
    pid: running.processes[name]?.pid ?? 0,
    metricsUrl: running.metricsUrls[no] ?? '',
  }));
  const look = () =>
    Promise.all(
      workers.map(async ({ pid, metricsUrl }) => ({
        events: await decidedBy(metricsUrl),
        cpuMs: 1_000 * (usageOf(pid)?.cpuSeconds ?? 0),
      })),
    );
  const lookTwice = async () => {
    await sleep(WARMUP_SECONDS * 1_000);
    const before = await look();
    await sleep(Number(seconds) * 1_000 - 2_000);
    return { before, after: await look() };
  };
  const [{ eventsPerSecond }, { before, after }] = await Promise.all([
    measureThroughput(parts, running, {
      prefix: 'w',
      warmupSeconds: WARMUP_SECONDS,
      seconds: Number(seconds),
    }),
    lookTwice(),
  ]);
  const each = workers.map(({ name }, no) => {
    const events = (after[no]?.events ?? 0) - (before[no]?.events ?? 0);
    const cpu = ((after[no]?.cpuMs ?? 0) - (before[no]?.cpuMs ?? 0)) / events;
    console.log(`${name}: ${events} events, ${cpu.toFixed(2)} ms of CPU each`);
    return cpu;
  });
  console.log(
    `this checkout's worker needs ${((each[0] ?? 0) / (each[1] ?? 0)).toFixed(3)} of it; ${eventsPerSecond.toFixed(1)} events/s in all`,
  );
  await running.stop();
} finally {
  await parts.close();
}

/** Events that a worker has decided. */
async function decidedBy(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(5_000) })).text();
  const counts = text.matchAll(/^catalog_sync_decided_lag_seconds_count\{[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
