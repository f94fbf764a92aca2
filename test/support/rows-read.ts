import type pg from 'pg';

/**
 * Does something in a transaction of its own, and counts the rows that were read for it: what a transaction itself reads is in
 * sight at once, and nobody else's.
 *
 * @returns rows by table, as they came from the table and from its indexes; tables of which none was read are left out
 */
export async function countRowsRead<T>(
  connection: pg.Client,
  work: () => Promise<T>,
): Promise<{ result: T; read: Record<string, number> }> {
  const look = async (): Promise<Map<string, number>> => {
    const { rows } = await connection.query<{ name: string; read: string }>(
      `SELECT relname AS name,
              pg_stat_get_xact_tuples_returned(c.oid) + coalesce((
                SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = c.oid), 0) AS read
         FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    return new Map(rows.map((row) => [row.name, Number(row.read)]));
  };
  await connection.query('BEGIN');
  const before = await look();
  const result = await work();
  const after = await look();
  await connection.query('COMMIT');
  const read = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return { result, read: Object.fromEntries(read.filter(([, count]) => count > 0)) };
}
