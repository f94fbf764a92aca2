import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from './cpu.ts';
import type { Parts } from './parts.ts';

/** Of a core. */
const CALM_LOAD = 0.08;
const LOOK_MS = 500;

/**
 * Waits until Temporal and PostgreSQL have nothing left to do of the subject before: timers of workflows that have
 * ended run out for ten seconds more, and would be counted as the next one's.
 */
export async function untilCalm(parts: Parts, atMostSeconds: number): Promise<void> {
  const end = performance.now() + atMostSeconds * 1000;
  const used = (): number =>
    (usageOf(parts.temporal.pid)?.cpuSeconds ?? 0) + (usageOf(parts.postgres.pid)?.cpuSeconds ?? 0);
  for (let before = used(); performance.now() < end;) {
    await sleep(LOOK_MS);
    const now = used();
    if ((now - before) * 1000 < CALM_LOAD * LOOK_MS) return;
    before = now;
  }
}
