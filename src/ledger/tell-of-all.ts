import type { Database } from '../database/client.ts';

const ITEMS_AT_ONCE = 500;

/**
 * Has an open storefront told of the newest version of each item that it has neither accepted nor rejected, behind what
 * comes live. Broken off, it is to be done again.
 */
export async function tellOfAll(
  database: Pick<Database, '$queryRaw'>,
  { tenant, name }: { tenant: string; name: string },
): Promise<void> {
  for (let after: string | null = ''; after !== null;) {
    const rows: { last: string | null }[] = await database.$queryRaw`
      SELECT tell_of_all(${tenant}, ${name}, ${after}, ${ITEMS_AT_ONCE}::integer) AS last`;
    after = rows[0]?.last ?? null;
  }
}
