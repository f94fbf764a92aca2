import type { Transaction } from '../database/client.ts';
import type { WindowTime } from '../domain/replay.ts';
import type { Micros } from '../domain/time.ts';

/** What a prune took away of a window. */
export interface PrunedSpan {
  pruneId: number;
  at: Micros;
  archive: string | null;
  /** The first and the last moment, by the window's time, of all that it took. */
  from: Micros;
  to: Micros;
}

/** The latest that any prune took away within the spans that a window reaches into; undefined for a whole window. */
export async function findPruned(
  database: Pick<Transaction, '$queryRaw'>,
  window: { tenant: string; by: WindowTime; since: Micros; until: Micros },
): Promise<PrunedSpan | undefined> {
  const rows = await database.$queryRaw<
    { id: number; started_at_us: bigint; archive: string | null; from_us: bigint; to_us: bigint }[]
  >`
    SELECT x.id, x.started_at_us, x.archive, x.from_us, x.to_us
      FROM (SELECT r.id, r.started_at_us, r.archive,
                   CASE WHEN ${window.by} = 'received_at' THEN r.received_min_us ELSE r.updated_min_us END AS from_us,
                   CASE WHEN ${window.by} = 'received_at' THEN r.received_max_us ELSE r.updated_max_us END AS to_us
              FROM prune_run r WHERE r.tenant_id = ${window.tenant} AND r.events > 0) x
     WHERE x.to_us >= ${window.since} AND x.from_us < ${window.until}
     ORDER BY x.to_us DESC
     LIMIT 1`;
  const [row] = rows;
  return (
    row && {
      pruneId: row.id,
      at: row.started_at_us,
      archive: row.archive,
      from: row.from_us,
      to: row.to_us,
    }
  );
}
