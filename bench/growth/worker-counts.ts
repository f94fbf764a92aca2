import { measureLatency } from '../latency.ts';
import type { Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { lineChart } from '../report/svg.ts';
import { startOurs } from '../subjects.ts';
import { measureThroughput } from '../throughput.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

/** Rate and latency at 1, 2 and 4 worker processes. */
export async function workerCounts(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const rows: string[][] = [];
  const points: [number, number][] = [];
  for (const workers of [1, 2, 4]) {
    const running = await startOurs(parts, { workers });
    try {
      const prefix = `workers${workers}`;
      await measureLatency(parts, running, { prefix: `${prefix}w`, perSecond: 20, count: 20 });
      const idle = await measureLatency(parts, running, { prefix: `${prefix}i`, perSecond: 5, count: 30 });
      const { eventsPerSecond } = await measureThroughput(parts, running, {
        prefix: `${prefix}t`,
        warmupSeconds: 10,
        seconds: options.full ? 60 : 15,
      });
      rows.push([String(workers), figure(eventsPerSecond, 1), figure(idle.p50), figure(idle.p95)]);
      points.push([workers, eventsPerSecond]);
    } finally {
      await running.stop();
    }
  }
  return {
    name: 'workers',
    markdown: table(['worker processes', 'events/s', 'idle p50, ms', 'p95'], rows),
    plots: {
      'workers.svg': lineChart('Events a second by worker processes', { x: 'workers', y: 'events/s' }, [
        { label: 'ours', points },
      ]),
    },
  };
}
