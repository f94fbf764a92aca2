import type { Database } from './client.ts';
import { isOfEarlierVersion, readMigrationState, type MigrationState } from './migration-state.ts';

/** A database or data folder is not of this version, and is left as it is. */
export class OtherVersionError extends Error {
  override name = 'OtherVersionError';
}

/**
 * Leaves a database of an earlier version alone; one that does not answer, or was never set up, is for others to
 * tell of.
 *
 * @throws OtherVersionError
 */
export async function refuseEarlierVersion(database: Pick<Database, '$queryRaw'>): Promise<void> {
  const state = await readMigrationState(database).catch(() => undefined);
  if (state) refuseEarlierMigrations(state);
}

/** @throws OtherVersionError */
export function refuseEarlierMigrations(state: MigrationState): void {
  if (!isOfEarlierVersion(state)) return;
  throw new OtherVersionError(
    'The database was made by an earlier version of catalog-sync and cannot be carried over: set DATABASE_URL to an ' +
      'empty database, and bring the events along as docs/running.md says ("From an earlier version").',
  );
}

/** @throws OtherVersionError */
export function refuseAlteredMigrations({ altered }: MigrationState): void {
  if (altered.length === 0) return;
  throw new OtherVersionError(
    `${altered.join(', ')} ${altered.length === 1 ? 'is not the migration' : 'are not the migrations'} that the ` +
      'database was made with: put prisma/migrations back to what it was, or use an empty database.',
  );
}
