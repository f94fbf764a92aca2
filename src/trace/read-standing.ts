import type { Transaction } from '../database/client.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import { formatTime } from '../domain/time.ts';
import type { EventName, TracePublication } from './trace.ts';

/** How the version that the catalog has stands: what the answer speaks of, whatever page is looked at. */
export interface Standing {
  publication: TracePublication;
  /** The event that made the version. */
  eventSeq: bigint;
  /** The HTTP status of the failed tries, if each of them was answered by the same. */
  failedWith: number | undefined;
  /** The last of the failed tries. */
  failure: { startedAt: string; reason: string | null } | undefined;
  /** The last time that the storefront said no to the version. */
  refusal: { startedAt: string; reason: string | null } | undefined;
  /** A try is under way: nobody knows its end. */
  isSending: boolean;
  /** The manual fix to which the version is due: a correction that won, or a void of another event. */
  fix:
    { kind: 'correction' | 'void'; target: EventName | undefined; actor: string; reason: string } | undefined;
}

/** The event's version cannot be told to the storefront, though that is still tried: see `unreached` of the ledger. */
export function isUnreached(
  standing: Standing | undefined,
  event: { seq: bigint; failureMode: FailureMode | null },
): boolean {
  if (!standing || standing.eventSeq !== event.seq || event.failureMode !== null) return false;
  return standing.publication.state === 'due' && standing.publication.failedTries > 0;
}

export async function readStanding(
  transaction: Transaction,
  itemId: string,
  version: number,
  winnerSeq: bigint,
): Promise<Standing | undefined> {
  const row = await transaction.catalogItemVersion.findUnique({
    where: { itemId_version: { itemId, version } },
  });
  if (!row) return undefined;
  const { failedTries, failedWith, isSending } = await countTries(transaction, itemId, version);
  const last = await lastTry(transaction, { itemId, version, status: { not: 'sending' } });
  const failure = await lastTry(transaction, { itemId, version, status: 'failed' });
  const refusal = await lastTry(transaction, { itemId, version, status: 'rejected' });
  return {
    publication: {
      version,
      state: row.publication,
      at: formatTime(row.publicationAtUs),
      failedTries,
      lastTry: last,
      nextTryAt: null,
    },
    eventSeq: row.eventSeq,
    failedWith,
    failure: failure ?? undefined,
    refusal: refusal ?? undefined,
    isSending,
    fix: await readFix(transaction, itemId, version, winnerSeq),
  };
}

/** The tries to tell the storefront of a version that failed since it last said anything to it. */
async function countTries(
  transaction: Transaction,
  itemId: string,
  version: number,
): Promise<{ failedTries: number; failedWith: number | undefined; isSending: boolean }> {
  const [row] = await transaction.$queryRaw<
    [{ failed: number; lowest: number | null; highest: number | null; unanswered: number; sending: boolean }]
  >`
    SELECT (count(*) FILTER (WHERE a.status = 'failed'))::integer AS failed,
           min(a.http_status) FILTER (WHERE a.status = 'failed') AS lowest,
           max(a.http_status) FILTER (WHERE a.status = 'failed') AS highest,
           (count(*) FILTER (WHERE a.status = 'failed' AND a.http_status IS NULL))::integer AS unanswered,
           coalesce(bool_or(a.status = 'sending'), false) AS sending
      FROM publish_attempt a
     WHERE a.item_id = ${itemId} AND a.version = ${version}::integer
       AND a.id > coalesce((SELECT max(x.id) FROM publish_attempt x
                             WHERE x.item_id = ${itemId} AND x.version = ${version}::integer
                               AND x.status IN ('accepted', 'rejected')), 0)`;
  const isSame = row.lowest === row.highest && row.unanswered === 0;
  return {
    failedTries: row.failed,
    failedWith: isSame ? (row.lowest ?? undefined) : undefined,
    isSending: row.sending,
  };
}

async function lastTry(
  transaction: Transaction,
  where: { itemId: string; version: number; status: string | { not: string } },
): Promise<TracePublication['lastTry']> {
  const row = await transaction.publishAttempt.findFirst({ where, orderBy: { id: 'desc' } });
  return (
    row && {
      status: row.status,
      startedAt: formatTime(row.startedAtUs),
      httpStatus: row.httpStatus,
      reason: row.reason,
    }
  );
}

async function readFix(
  transaction: Transaction,
  itemId: string,
  version: number,
  winnerSeq: bigint,
): Promise<Standing['fix']> {
  const fix = await transaction.supplierEvent.findFirst({
    where: {
      OR: [
        { seq: winnerSeq, kind: 'correction' },
        { itemId, kind: 'void', version },
      ],
    },
    orderBy: { seq: 'desc' },
    select: {
      kind: true,
      actor: true,
      reason: true,
      target: { select: { supplierId: true, eventId: true } },
    },
  });
  if (!fix) return undefined;
  return {
    kind: fix.kind as 'correction' | 'void',
    target: fix.target ? { supplier: fix.target.supplierId, eventId: fix.target.eventId } : undefined,
    actor: fix.actor ?? '',
    reason: fix.reason ?? '',
  };
}
