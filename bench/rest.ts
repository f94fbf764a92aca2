import { setTimeout as sleep } from 'node:timers/promises';
import type { Parts } from './parts.ts';
import { cpuOf } from './throughput.ts';

/** Each history shard gets its queues when a server has started. */
const SETTLED_MS = 15_000;
const WATCHED_MS = 15_000;

/** @returns in a sentence, what Temporal's server and PostgreSQL use while nothing is to be done */
export async function measureRest(parts: Parts): Promise<string> {
  await sleep(SETTLED_MS);
  const used = (): number =>
    Object.entries(cpuOf(parts, { processes: {} }))
      .filter(([name]) => name !== 'load and storefront')
      .reduce((sum, [, seconds]) => sum + seconds, 0);
  const before = used();
  await sleep(WATCHED_MS);
  const share = (used() - before) / (WATCHED_MS / 1000);
  return `At rest, Temporal and PostgreSQL use ${(share * 1000).toFixed(0)} ms of CPU a second.`;
}
