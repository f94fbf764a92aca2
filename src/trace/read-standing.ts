import type { Transaction } from '../database/client.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import { formatTime } from '../domain/time.ts';
import { readRefusal, readTries, type Tries } from './read-tries.ts';
import type { EventName, TracePublication } from './trace.ts';

/** How the version that the catalog has stands: what the answer speaks of, whatever page is looked at. */
export interface Standing {
  publication: TracePublication;
  /** The event that made the version. */
  eventSeq: bigint;
  /** Whose event that is: the version is told by this supplier's flag. */
  supplier: string;
  /** All of the version's. */
  tries: Tries;
  /** A replay that tells the storefront again of a version that was refused, or whose tries have ended. */
  replaying: { replayId: string; tries: Tries } | undefined;
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
    include: { event: { select: { supplierId: true } } },
  });
  if (!row) return undefined;
  const tries = await readTries(transaction, { itemId, version });
  const hasEnded = row.publication === 'rejected' || row.publication === 'failed';
  const replaying = hasEnded ? await readReplaying(transaction, itemId, version) : undefined;
  return {
    publication: {
      version,
      state: row.publication,
      at: formatTime(row.publicationAtUs),
      failedTries: tries.failedTries,
      lastTry: tries.lastTry,
      lastFailure: tries.lastFailure,
      refusal: await readRefusal(transaction, { itemId, version }),
      replayId: replaying?.replayId ?? null,
      nextTryAt: null,
    },
    eventSeq: row.eventSeq,
    supplier: row.event.supplierId,
    tries,
    replaying,
    fix: await readFix(transaction, itemId, version, winnerSeq),
  };
}

/**
 * The replay that tells the storefront of the version again now: one that has begun to, and is not done with it. Its
 * event is done only some time after the storefront has said no.
 */
async function readReplaying(
  transaction: Transaction,
  itemId: string,
  version: number,
): Promise<Standing['replaying']> {
  const [row] = await transaction.$queryRaw<{ replay_id: string }[]>`
    SELECT a.replay_id
      FROM publish_attempt a
      JOIN replay_event r ON r.replay_id = a.replay_id AND r.seq = a.event_seq
     WHERE a.item_id = ${itemId} AND a.version = ${version}::integer AND r.done_at_us IS NULL
       AND a.id > coalesce((SELECT max(x.id) FROM publish_attempt x
                             WHERE x.item_id = ${itemId} AND x.version = ${version}::integer
                               AND x.storefront = a.storefront AND x.replay_id = a.replay_id AND x.status IN ('accepted', 'rejected')), 0)
     ORDER BY a.id DESC LIMIT 1`;
  if (!row) return undefined;
  const replayId = row.replay_id;
  return { replayId, tries: await readTries(transaction, { itemId, version, replayId }) };
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
