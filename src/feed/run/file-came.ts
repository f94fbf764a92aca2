import type { Database } from '../../database/client.ts';
import { SENT_AGAIN_WITHIN_US } from '../sent-again.ts';
import { RunGone } from './run-gone.ts';

/** What is known of a file that came whole. */
export interface CameFile {
  digest: Uint8Array<ArrayBuffer>;
  bytes: number;
}

/**
 * Lets a run go on with its file, which is there to its end; or ends it, where the last run of the feed of which anything
 * is in the ledger completed, and read the same file by the same version. A schedule's run ends too where the last one is
 * held, was refused or cancelled: nobody has asked for it again. Where rows have the time of the file, or of its receipt, the
 * same that was written later says the same of another time. What came by the very same sending of a supplier was there
 * before, whatever came between.
 *
 * @throws RunGone
 */
export async function fileCame(
  database: Pick<Database, '$queryRaw'>,
  run: { id: string; while: 'receiving' | 'fetching' },
  { digest, bytes }: CameFile,
): Promise<'reading' | 'unchanged'> {
  const [row] = await database.$queryRaw<{ state: 'reading' | 'unchanged' }[]>`
    WITH came AS (
      SELECT r.id, EXISTS (
               SELECT 1 FROM feed_run s
                WHERE s.tenant_id = r.tenant_id AND s.feed_id = r.feed_id AND s.id <> r.id
                  AND s.trigger = 'upload' AND r.trigger = 'upload' AND s.etag = r.etag
                  AND s.file_digest = ${digest}::bytea AND s.state NOT IN ('failed', 'cancelled'))
             OR EXISTS (
               SELECT 1 FROM (SELECT l.file_digest, l.feed_version, l.state, l.file_time_us, l.created_at_us FROM feed_run l
                               WHERE l.tenant_id = r.tenant_id AND l.feed_id = r.feed_id AND l.id <> r.id
                                 AND (l.state = 'completed' OR l.recorded_rows > 0
                                      OR r.trigger = 'schedule' AND l.state IN ('held', 'refused', 'cancelled'))
                               ORDER BY l.created_at_us DESC LIMIT 1) last
                WHERE last.file_digest = ${digest}::bytea AND last.feed_version = r.feed_version
                  AND (last.state = 'completed' AND NOT (
                         coalesce(v.document #>> '{times,of}', '') IN ('file', 'received')
                         AND coalesce(r.file_time_us > last.file_time_us,
                                      r.trigger = 'upload'
                                      AND r.created_at_us > last.created_at_us + ${SENT_AGAIN_WITHIN_US}::bigint))
                       OR r.trigger = 'schedule' AND last.state IN ('held', 'refused', 'cancelled'))) AS known
        FROM feed_run r
        JOIN feed_version v ON (v.tenant_id, v.feed_id, v.version) = (r.tenant_id, r.feed_id, r.feed_version)
       WHERE r.id = ${run.id})
    UPDATE feed_run r
       SET file_digest = ${digest}::bytea, file_bytes = ${BigInt(bytes)},
           state = CASE WHEN came.known THEN 'unchanged' ELSE 'reading' END,
           finished_at_us = CASE WHEN came.known THEN now_us() END,
           start_due_us = CASE WHEN NOT came.known THEN now_us() END
      FROM came
     WHERE r.id = came.id AND r.state = ${run.while}
    RETURNING r.state, pg_notify('supplier_event', '')::text`;
  if (!row) throw new RunGone();
  return row.state;
}
