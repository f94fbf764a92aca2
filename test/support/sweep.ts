import type { Database } from '../../src/database/client.ts';
import type { Sweep, SweepFinding } from '../../src/generated/prisma/client.ts';
import { requestSweep } from '../../src/sweep/request-sweep.ts';
import { until } from './until.ts';

export interface Swept {
  sweep: Sweep;
  /** In the order of their items' ids, and of their storefronts. */
  findings: SweepFinding[];
}

/** Sweeps tenant `shop` and waits for the end. */
export async function sweep(
  database: Database,
  options: { repair?: boolean; rate?: number } = {},
): Promise<Swept> {
  const { repair = false, rate = 1_000 } = options;
  return swept(database, await requestSweep(database, { tenant: 'shop', repair, rate, requestedBy: 'test' }));
}

export async function swept(database: Database, id: string, withinMs?: number): Promise<Swept> {
  const ended = await until(async () => {
    const row = await database.sweep.findUniqueOrThrow({ where: { id } });
    return row.state === 'running' ? undefined : row;
  }, withinMs);
  const findings = await database.sweepFinding.findMany({
    where: { sweepId: id },
    orderBy: [{ itemId: 'asc' }, { storefront: 'asc' }],
  });
  return { sweep: ended, findings };
}

/** How many findings there are of each kind. */
export function kindsOf(findings: readonly SweepFinding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
