import type { Database } from './client.ts';
import { compareRights } from './compare-rights.ts';
import { compareTexts } from './compare-texts.ts';
import { readFunctionTexts } from './function-texts.ts';
import { readDatabaseTexts } from './read-database-texts.ts';
import { readRights } from './read-rights.ts';
import { readRoleFindings } from './read-roles.ts';

/**
 * In what a migrated database is not ours: functions and triggers that are not as in prisma/functions; policies, grants
 * and owners that are not as in rights.ts; roles that may too much. One finding an entry, e.g. `save_catalog_item differs`.
 */
export async function alteredParts(database: Pick<Database, '$queryRaw'>): Promise<string[]> {
  const ours = await readFunctionTexts();
  return [
    ...compareTexts(ours, await readDatabaseTexts(database)),
    ...(await readRoleFindings(database)),
    ...compareRights(await readRights(database), new Set(ours.functions.map(({ name }) => name))).map(
      ({ text }) => text,
    ),
  ];
}
