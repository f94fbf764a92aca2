import { connectionSettings } from './connection.mjs';
import { withClient } from './database.mjs';

/** The engine holds it while it applies migrations. */
const LOCK = 72_707_369;

/**
 * Ends a migration's script: with what it did, it is known that it was done, whatever becomes of the process.
 */
export const NOTE_DONE = `DO $done$ BEGIN
  IF to_regclass('_prisma_migrations') IS NOT NULL THEN
    UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;
  END IF;
END $done$;`;

/**
 * Lets migrations that were broken off be applied again, which the engine refuses: each is one transaction, so nothing of
 * them is there. Where another process applies some, they are its own.
 *
 * @param {string | undefined} url
 */
export async function forgetUnfinished(url) {
  await withClient(connectionSettings(url), async (client) => {
    const { rows } = await client.query(
      `SELECT to_regclass('_prisma_migrations') IS NOT NULL AND pg_try_advisory_lock($1) AS alone`,
      [LOCK],
    );
    if (!rows[0].alone) return;
    await client.query(
      'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
    );
  });
}
