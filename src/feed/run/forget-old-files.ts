import type { Database } from '../../database/client.ts';

const KEPT_FOR = 7n * 86_400_000_000n;

/** Takes away the files of runs that ended a week ago, and what was noted of a run's items until its end. */
export async function forgetOldFiles(database: Pick<Database, '$executeRaw'>): Promise<void> {
  await database.$executeRaw`
    DELETE FROM feed_file f USING feed_run r
     WHERE r.id = f.run_id AND r.finished_at_us < now_us() - ${KEPT_FOR}`;
  await database.$executeRaw`
    DELETE FROM feed_run_item i USING feed_run r WHERE r.id = i.run_id AND r.finished_at_us IS NOT NULL`;
}
