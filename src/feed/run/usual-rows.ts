import type { Database } from '../../database/client.ts';

const OF_RUNS = 10;

/** How many rows a feed's files have: the median of its last completed runs. Undefined: it had none. */
export async function usualRows(
  database: Pick<Database, 'feedRun'>,
  tenant: string,
  feed: string,
): Promise<number | undefined> {
  const last = await database.feedRun.findMany({
    where: { tenantId: tenant, feedId: feed, state: 'completed' },
    orderBy: { finishedAtUs: 'desc' },
    take: OF_RUNS,
    select: { rows: true },
  });
  const rows = last.map((one) => one.rows).toSorted((a, b) => a - b);
  return rows[Math.floor(rows.length / 2)];
}
