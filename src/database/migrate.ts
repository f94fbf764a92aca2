import { openDatabase } from './client.ts';
import { deployMigrations } from './deploy-migrations.ts';
import { grantsAlongside } from './grants-alongside.ts';
import { isOfLaterVersion, readMigrationState, type MigrationState } from './migration-state.ts';
import { refuseAlteredMigrations, refuseContracted, refuseEarlierMigrations } from './other-version.ts';
import { prepareRoles, settleRights } from './settle-rights.ts';

/**
 * Brings a database to the newest migration, and to its roles and rights; one that is not there is made. Processes of the
 * version before go on meanwhile. One that a later version has set up is left as it is: this version works with it, and
 * the later one's processes may still run.
 *
 * @returns false where it was left so
 * @throws OtherVersionError, with nothing done, when an earlier version or other migrations made it, or when a later one
 *   took away what this one uses
 * @throws RolesMissing when the roles are not there, and the sign-in of the URL may not make them
 * @throws with the engine's own words when a migration fails or the database cannot be reached
 */
export async function migrate(databaseUrl: string): Promise<boolean> {
  const state = await stateOf(databaseUrl);
  if (state) {
    refuseEarlierMigrations(state);
    refuseContracted(state);
    refuseAlteredMigrations(state);
  }
  // A copy that was put back into another cluster lacks them, whichever version made it.
  await prepareRoles(databaseUrl);
  if (state && isOfLaterVersion(state)) return false;
  // Nobody works yet with a database that is new.
  await deployMigrations(databaseUrl, state ? grantsAlongside() : '');
  await settleRights(databaseUrl);
  return true;
}

/** One that is not there is made by Prisma, and of one that does not answer Prisma tells. */
async function stateOf(databaseUrl: string): Promise<MigrationState | undefined> {
  const database = openDatabase(databaseUrl, { connections: 1 });
  try {
    return await readMigrationState(database).catch(() => undefined);
  } finally {
    await database.$disconnect();
  }
}
