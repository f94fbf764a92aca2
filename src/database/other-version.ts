import type { Database } from './client.ts';
import { packageVersion } from '../config/package-version.ts';
import {
  isOfEarlierVersion,
  readMigrationState,
  releaseNeededBy,
  type MigrationState,
} from './migration-state.ts';

/** A database or data folder is not of this version, and is left as it is. */
export class OtherVersionError extends Error {
  override name = 'OtherVersionError';
}

/**
 * Begins nothing on a database that is not set up for this version; one that does not answer, or was never set up, is for
 * others to tell of.
 *
 * @throws OtherVersionError
 */
export async function refuseOtherVersion(database: Pick<Database, '$queryRaw'>): Promise<void> {
  const state = await readMigrationState(database).catch(() => undefined);
  if (!state) return;
  refuseEarlierMigrations(state);
  refuseContracted(state);
  const [first] = state.missing;
  if (first === undefined) return;
  throw new OtherVersionError(
    `The database is not set up for this version: it lacks ${state.missing.length === 1 ? 'the migration' : `${state.missing.length} migrations, the first`} ` +
      `${first}. Run \`catalog-sync setup\` of this version, and then start this again.`,
  );
}

/** @throws OtherVersionError */
export function refuseEarlierMigrations(state: MigrationState): void {
  if (!isOfEarlierVersion(state)) return;
  throw new OtherVersionError(
    'The database was made by an earlier version of catalog-sync and cannot be carried over: set DATABASE_URL to an ' +
      'empty database, and bring the events along as docs/running.md says ("From an earlier version").',
  );
}

/**
 * A later release may have taken away what this one uses.
 *
 * @throws OtherVersionError
 */
export function refuseContracted({ unknown }: Pick<MigrationState, 'unknown'>, own = packageVersion()): void {
  for (const name of unknown) {
    const needed = releaseNeededBy(name);
    if (needed === undefined || needed.localeCompare(own, 'en', { numeric: true }) <= 0) continue;
    throw new OtherVersionError(
      `The database has the migration ${name}: release ${needed} or a later one works with it, and this is ${own}. ` +
        'Start such a release, or put back a backup from before that migration (docs/releases.md).',
    );
  }
}

/** @throws OtherVersionError */
export function refuseAlteredMigrations({ altered }: MigrationState): void {
  if (altered.length === 0) return;
  throw new OtherVersionError(
    `${altered.join(', ')} ${altered.length === 1 ? 'is not the migration' : 'are not the migrations'} that the ` +
      'database was made with: put prisma/migrations back to what it was, or use an empty database.',
  );
}
