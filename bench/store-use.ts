import pg from 'pg';
import type { Parts } from './parts.ts';

/** What a subject did to PostgreSQL while it was measured; Temporal's part is that of its role. */
export interface StoreUse {
  /** By whom: transactions committed. */
  commits: { temporal: number; ours: number };
  /** Written ahead, by both. */
  walBytes: number;
  /** Growth of Temporal's two databases, indexes and dead rows with them. */
  temporalBytes: number;
  /** At a look, the most of Temporal's connections that worked and that were open. */
  busiest: { active: number; open: number };
}

const LOOK_MS = 250;

const TOTALS = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal,
  sum(xact_commit) FILTER (WHERE datname IN ('temporal', 'temporal_visibility'))::float8 AS temporal,
  sum(xact_commit) FILTER (WHERE datname LIKE 'bench\\_%')::float8 AS ours,
  sum(pg_database_size(datname)) FILTER (WHERE datname IN ('temporal', 'temporal_visibility'))::float8 AS bytes
  FROM pg_stat_database`;

const CONNECTIONS = `SELECT count(*) FILTER (WHERE state <> 'idle')::int AS active, count(*)::int AS open
  FROM pg_stat_activity WHERE usename = $1`;

interface Totals {
  wal: number;
  temporal: number;
  ours: number;
  bytes: number;
}

/** @returns undefined where Temporal has its data elsewhere; else what ends the watch */
export async function watchStore(parts: Parts): Promise<(() => Promise<StoreUse>) | undefined> {
  const { role } = parts.temporal;
  if (role === undefined) return undefined;
  const client = new pg.Client({ connectionString: parts.postgres.url });
  await client.connect();
  const totals = async (): Promise<Totals> => {
    const { rows } = await client.query<Totals>(TOTALS);
    return rows[0] ?? { wal: 0, temporal: 0, ours: 0, bytes: 0 };
  };
  const before = await totals();
  const busiest = { active: 0, open: 0 };
  const looking = setInterval(() => {
    void client
      .query<{ active: number; open: number }>(CONNECTIONS, [role])
      .then(({ rows: [seen = busiest] }) => {
        busiest.active = Math.max(busiest.active, seen.active);
        busiest.open = Math.max(busiest.open, seen.open);
      })
      .catch(() => undefined);
  }, LOOK_MS);
  return async () => {
    clearInterval(looking);
    const after = await totals();
    await client.end();
    return {
      commits: { temporal: after.temporal - before.temporal, ours: after.ours - before.ours },
      walBytes: after.wal - before.wal,
      temporalBytes: after.bytes - before.bytes,
      busiest,
    };
  };
}
