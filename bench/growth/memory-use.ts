import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../cpu.ts';
import { eventMaker } from '../events.ts';
import type { Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { startOurs } from '../subjects.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const BATCH = 100;
const MIB = 2 ** 20;

/** Resident memory of worker and server after so many events, and after five times as many. */
export async function memoryUse(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const marks = options.full ? [10_000, 50_000] : [1_000, 5_000];
  const running = await startOurs(parts, { databaseName: 'memory' });
  const make = eventMaker('memory');
  const rows: string[][] = [];
  let posted = 0;
  try {
    for (const mark of marks) {
      let most: Record<string, number> = {};
      let done = 0;
      while (done < mark) {
        if (posted < mark && posted - done < 500) {
          await running.post(make(BATCH));
          posted += BATCH;
        } else await sleep(50);
        // The peak since the mark before: what a garbage collection leaves just then says little.
        done = await running.done();
        if (done > mark * 0.8) most = peak(most, memoryOf(running.processes));
      }
      rows.push([
        mark.toLocaleString('en'),
        figure((most.worker ?? Number.NaN) / MIB),
        figure((most.server ?? Number.NaN) / MIB),
      ]);
    }
  } finally {
    await running.stop();
  }
  return { name: 'memory', markdown: table(['after events', 'worker, MiB', 'server, MiB'], rows) };
}

function memoryOf(processes: Record<string, { pid: number }>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).map(([name, { pid }]) => [name, usageOf(pid)?.residentBytes ?? Number.NaN]),
  );
}

function peak(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(b).map(([name, value]) => [name, Math.max(a[name] ?? 0, value)]));
}
