import type { Database } from './client.ts';
import { compareTexts } from './compare-texts.ts';
import { readFunctionTexts } from './function-texts.ts';
import { readDatabaseTexts } from './read-database-texts.ts';
import { readForeignRights } from './read-foreign-rights.ts';

/**
 * In what a migrated database is not ours: functions and triggers that are not as in prisma/functions, policies and
 * grants that nobody of us made. One finding an entry, e.g. `save_catalog_item differs`.
 */
export async function alteredParts(database: Pick<Database, '$queryRaw'>): Promise<string[]> {
  const ours = await readFunctionTexts();
  return [...compareTexts(ours, await readDatabaseTexts(database)), ...(await readForeignRights(database))];
}
