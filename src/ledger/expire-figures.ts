import type { Database } from '../database/client.ts';

/**
 * Writes an event for each figure that is older than its supplier's figures may be, of some that were not looked at yet.
 *
 * @param limit how many events it looks at, roughly
 * @returns how many it did; where that is not below `limit`, there may be more
 */
export async function expireFigures(
  database: Pick<Database, '$queryRaw'>,
  limit: number,
): Promise<{ looked: number; expired: number }> {
  const rows = await database.$queryRaw<{ looked: number; expired: number }[]>`
    SELECT looked, expired FROM expire_figures(${limit}::integer)`;
  return rows[0] ?? { looked: 0, expired: 0 };
}
