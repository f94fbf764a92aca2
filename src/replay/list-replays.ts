import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { readCarriedRules } from './carried-rules.ts';
import { requestOf, type ReplayStatus } from './replay-status.ts';

/** A replay's place in the list. */
export interface ReplayPlace {
  createdAt: Micros;
  replayId: string;
}

/** A replay without the counts of what it did, which take a look at all its events. */
export type ListedReplay = Omit<ReplayStatus, 'events' | 'items'> & { eventsTotal: number };

/** Lists a tenant's replays, the newest first. */
export async function listReplays(
  database: Database,
  page: { tenant: string; before: ReplayPlace | undefined; limit: number },
): Promise<{ replays: ListedReplay[]; next: ReplayPlace | undefined }> {
  const { tenant, before, limit } = page;
  const rows = await database.replay.findMany({
    where: {
      tenantId: tenant,
      ...(before && {
        OR: [
          { createdAtUs: { lt: before.createdAt } },
          { createdAtUs: before.createdAt, id: { lt: before.replayId } },
        ],
      }),
    },
    orderBy: [{ createdAtUs: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  const last = rows.at(-1);
  const rules = await readCarriedRules(database, rows);
  return {
    replays: rows.map((row) => ({ ...requestOf(row, rules), eventsTotal: row.eventsTotal })),
    next: rows.length === limit && last ? { createdAt: last.createdAtUs, replayId: last.id } : undefined,
  };
}
