import type { Transaction } from '../../database/client.ts';
import type { FeedFacts, NotedRun } from '../../domain/feed-health.ts';
import { seconds, type Micros } from '../../domain/time.ts';
import { spanSeconds } from '../definition/span.ts';
import { heardKey, readLastHeard } from './last-heard.ts';

/** A feed, with what its health goes by. */
export interface KnownFeed extends FeedFacts {
  tenant: string;
  supplier: string;
  feed: string;
}

interface Row {
  tenant: string;
  supplier: string;
  feed: string;
  paused: boolean;
  expected: string | null;
  listens_since_us: bigint;
  held_run: string | null;
  held_us: bigint | null;
  held_reasons: { reason: string }[] | null;
  failed_run: string | null;
  failed_us: bigint | null;
  failure: string | null;
}

/**
 * Reads what is known of all feeds of some tenants, by the version that each has now.
 *
 * Of runs that have ended, the last one says whether a file could be got, and the last one whose file came whether it
 * could be read: that there was no other file since heals the first, and not the second.
 */
export async function readFeedFacts(
  database: Pick<Transaction, '$queryRaw'>,
  tenants: readonly string[],
): Promise<KnownFeed[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT f.tenant_id AS tenant, f.supplier_id AS supplier, f.id AS feed, f.paused, v.document ->> 'expected' AS expected,
           greatest(f.created_at_us, f.resumed_at_us) AS listens_since_us,
           held.id AS held_run, held.created_at_us AS held_us, held.reasons AS held_reasons,
           failed.id AS failed_run, failed.created_at_us AS failed_us, failed.failure
      FROM feed f
      JOIN feed_version v ON v.tenant_id = f.tenant_id AND v.feed_id = f.id AND v.version = f.version
      LEFT JOIN LATERAL (
        SELECT r.id, r.created_at_us, r.reasons FROM feed_run r
         WHERE r.tenant_id = f.tenant_id AND r.feed_id = f.id AND r.state = 'held'
         ORDER BY r.created_at_us LIMIT 1) held ON true
      LEFT JOIN LATERAL (
        SELECT e.id, e.created_at_us, e.failure FROM (
          (SELECT r.* FROM feed_run r
            WHERE r.tenant_id = f.tenant_id AND r.feed_id = f.id
              AND r.state IN ('completed', 'unchanged', 'refused', 'failed')
            ORDER BY r.created_at_us DESC LIMIT 1)
          UNION ALL
          (SELECT r.* FROM feed_run r
            WHERE r.tenant_id = f.tenant_id AND r.feed_id = f.id AND r.file_digest IS NOT NULL
              AND r.state IN ('completed', 'unchanged', 'refused', 'failed')
            ORDER BY r.created_at_us DESC LIMIT 1)) e
         WHERE e.state = 'failed' ORDER BY e.created_at_us DESC LIMIT 1) failed ON true
     WHERE f.tenant_id = ANY (${[...tenants]}::text[])
     ORDER BY f.tenant_id, f.supplier_id, f.id`;
  if (rows.length === 0) return [];
  const heard = await readLastHeard(database, tenants, 'with a feed');
  return rows.map((row) => factsOf(row, heard.get(heardKey(row))?.at ?? null));
}

function factsOf(row: Row, heardAt: Micros | null): KnownFeed {
  const { tenant, supplier, feed, paused, expected, held_reasons: reasons } = row;
  const expectedSeconds = expected === null ? undefined : spanSeconds(expected);
  return {
    ...{ tenant, supplier, feed, paused, heardAt, listensSince: row.listens_since_us },
    expected: expectedSeconds === undefined ? null : seconds(expectedSeconds),
    held: notedRun(row.held_run, row.held_us, reasons?.map(({ reason }) => reason).join('; ') ?? ''),
    failed: notedRun(row.failed_run, row.failed_us, row.failure ?? ''),
  };
}

function notedRun(runId: string | null, at: Micros | null, reason: string): NotedRun | null {
  return runId === null || at === null ? null : { runId, at, reason };
}
