import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import type { TracePublication } from './trace.ts';

/** Tries to tell a storefront of a version: all of them, or those of one replay, or of one storefront. */
export interface Tries {
  /** Those that failed since their storefront last said anything to the version. */
  failedTries: number;
  /** The HTTP status of these, if each of them was answered by the same. */
  failedWith: number | undefined;
  /** A try is under way: nobody knows its end. */
  isSending: boolean;
  /** The last that has ended. */
  lastTry: TracePublication['lastTry'];
  lastFailure: TracePublication['lastFailure'];
}

/** Whose tries: of a version, of all storefronts or one, of all or of one replay. */
export interface Tried {
  itemId: string;
  version: number;
  replayId?: string;
  storefront?: string;
  /** Only attempts of a greater id; all, unless given. */
  after?: bigint;
}

export async function readTries(transaction: Transaction, tried: Tried): Promise<Tries> {
  const { itemId, version } = tried;
  const replayId = tried.replayId ?? null;
  const storefront = tried.storefront ?? null;
  const after = tried.after ?? 0n;
  const [row] = await transaction.$queryRaw<
    [{ failed: number; lowest: number | null; highest: number | null; unanswered: number; sending: boolean }]
  >`
    WITH said AS (
      SELECT x.storefront, max(x.id) AS id FROM publish_attempt x
       WHERE x.item_id = ${itemId} AND x.version = ${version}::integer AND x.status IN ('accepted', 'rejected')
       GROUP BY x.storefront
    )
    SELECT (count(*) FILTER (WHERE a.status = 'failed'))::integer AS failed,
           min(a.http_status) FILTER (WHERE a.status = 'failed') AS lowest,
           max(a.http_status) FILTER (WHERE a.status = 'failed') AS highest,
           (count(*) FILTER (WHERE a.status = 'failed' AND a.http_status IS NULL))::integer AS unanswered,
           coalesce(bool_or(a.status = 'sending'), false) AS sending
      FROM publish_attempt a
      LEFT JOIN said s ON s.storefront = a.storefront
     WHERE a.item_id = ${itemId} AND a.version = ${version}::integer
       AND (${replayId}::text IS NULL OR a.replay_id = ${replayId}::text)
       AND (${storefront}::text IS NULL OR a.storefront = ${storefront}::text)
       AND a.id > greatest(s.id, ${after}::bigint)`;
  const isSame = row.lowest === row.highest && row.unanswered === 0;
  return {
    failedTries: row.failed,
    failedWith: isSame ? (row.lowest ?? undefined) : undefined,
    isSending: row.sending,
    lastTry: await lastOf(transaction, tried, { not: 'sending' }),
    lastFailure: whyOf(await lastOf(transaction, tried, 'failed')),
  };
}

/** The last time that the storefront said no to a version. */
export async function readRefusal(
  transaction: Transaction,
  tried: Tried,
): Promise<TracePublication['refusal']> {
  return whyOf(await lastOf(transaction, tried, 'rejected'));
}

async function lastOf(
  transaction: Transaction,
  { after = 0n, ...tried }: Tried,
  status: string | { not: string },
): Promise<TracePublication['lastTry']> {
  const row = await transaction.publishAttempt.findFirst({
    where: { ...tried, id: { gt: after }, status },
    orderBy: { id: 'desc' },
  });
  return (
    row && {
      status: row.status,
      startedAt: formatTime(row.startedAtUs),
      httpStatus: row.httpStatus,
      reason: row.reason,
    }
  );
}

function whyOf(last: TracePublication['lastTry']): TracePublication['lastFailure'] {
  return last && { startedAt: last.startedAt, reason: last.reason };
}
