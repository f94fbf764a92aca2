import pg from 'pg';
import type { Api } from './api.ts';

/** Holds up whoever reads a table. @returns what lets them go on; may be called again */
export async function lockTable({ url }: Pick<Api, 'url'>, table: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query(`BEGIN; LOCK TABLE ${table}`);
  return () => holder.end();
}

/** How many statements a lock holds up. */
export async function heldUp(api: Pick<Api, 'sql'>): Promise<number> {
  const rows = await api.sql(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows.length;
}
