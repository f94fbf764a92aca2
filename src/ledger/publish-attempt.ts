import { Prisma } from '../generated/prisma/client.ts';
import type { Micros } from '../domain/time.ts';
import type { Database } from '../database/client.ts';
import { preparedQuery } from '../database/prepared-query.ts';
import { MissingRowError } from '../database/missing-row.ts';
import type { Limits } from '../storefront/kinds/kind.ts';
import { ownRow, type NamedEvent } from './named-event.ts';

export interface AttemptToSend {
  verdict: 'send';
  attemptId: bigint;
  /** The same for every retry of a version; another one for each replay, so that a storefront does not take it for old. */
  messageId: string;
  quantity: number;
  /** The name of the one to tell. */
  storefront: string;
  /** Undefined: the default one, which is not in the database. */
  stored: StoredStorefront | undefined;
  /** Whether the tenant has others that are open. */
  several: boolean;
}

/** The storefront takes calls by its limits: it is to be begun for a turn of it. */
export interface AttemptInQueue {
  verdict: 'queue';
  storefront: string;
  limits: Limits;
  /** Whether the tenant has others that are open. */
  several: boolean;
}

export type AttemptStart =
  | AttemptToSend
  | AttemptInQueue
  /** later: those that are left wait for one that failed just now; rejected: none is left, or all stand behind a no. */
  | { verdict: 'withheld' | 'overtaken' | 'postponed' | 'accepted' | 'later' | 'rejected' };

/** A storefront as it stands in the database. */
export interface StoredStorefront {
  kind: string;
  url: string;
  config: unknown;
  limits: Limits | undefined;
  secret: Uint8Array | undefined;
  /** The one before it, while it still signs. */
  secretBefore: Uint8Array | undefined;
}

/**
 * Opens an attempt under the tenant's shared lock, after reading its flags; no attempt is opened for a version that
 * is no longer the item's current one.
 */
export async function beginPublishAttempt(
  database: Database,
  attempt: NamedEvent & {
    itemId: string;
    version: number;
    workflowId: string;
    replayId?: string | undefined;
    /** Storefronts that failed just now: not again in this try. */
    failed?: readonly string[];
    /** The storefront of which a turn is at hand. */
    turn?: string;
  },
): Promise<AttemptStart> {
  const rows = await preparedQuery<AttemptRow>(
    database,
    Prisma.sql`
    SELECT quantity, ${ATTEMPT_COLUMNS}
      FROM ${ownRow(attempt)}
     CROSS JOIN LATERAL begin_publish_attempt(own.seq, ${attempt.itemId}, ${attempt.version}::integer,
                                              ${attempt.workflowId}, NULL, ${attempt.replayId ?? null}::text,
                                              ${[...(attempt.failed ?? [])]}::text[], ${attempt.turn ?? null}::text) begun`,
  );
  const row = rows[0];
  if (!row) throw new MissingRowError(`event ${attempt.seq} is not in the ledger`);
  return attemptStartOf(row);
}

/** What begin_publish_attempt says. */
export interface AttemptRow {
  verdict: AttemptStart['verdict'];
  attempt_id: bigint | null;
  quantity: number;
  storefront: string | null;
  kind: string | null;
  url: string | null;
  config: unknown;
  secret: Uint8Array | null;
  secret_before: Uint8Array | null;
  several: boolean | null;
  limits: Limits | null;
  message_id: string | null;
}

/** Its columns but the quantity, which a save has anyway; by name, as in a prepared statement. */
export const ATTEMPT_COLUMNS = Prisma.raw(
  'verdict, attempt_id, storefront, kind, url, config, secret, secret_before, several, limits, message_id',
);

export function attemptStartOf(row: AttemptRow): AttemptStart {
  const { attempt_id: attemptId, message_id: messageId, storefront, quantity } = row;
  const { kind, url, config, limits, secret, secret_before: before } = row;
  const several = row.several === true;
  if (row.verdict === 'queue')
    return { verdict: 'queue', storefront: storefront ?? '', limits: limits ?? {}, several };
  if (row.verdict !== 'send') return { verdict: row.verdict };
  if (attemptId === null || storefront === null || messageId === null)
    throw new Error('an attempt was opened without an id');
  const stored =
    kind === null || url === null
      ? undefined
      : {
          kind,
          url,
          config,
          limits: limits ?? undefined,
          secret: secret ?? undefined,
          secretBefore: before ?? undefined,
        };
  return { verdict: 'send', attemptId, messageId, quantity, storefront, stored, several };
}

/** Records how an attempt ended; returns when. */
export async function finishPublishAttempt(
  database: Database,
  end: {
    attemptId: bigint;
    status: 'accepted' | 'rejected' | 'failed';
    httpStatus?: number | undefined;
    reason?: string | undefined;
  },
): Promise<Micros> {
  const rows = await preparedQuery<{ finished_at_us: bigint }>(
    database,
    Prisma.sql`
    SELECT finished_at_us
      FROM finish_publish_attempt(${end.attemptId}, ${end.status}, ${end.httpStatus ?? null}::integer,
                                  ${end.reason ?? null}::text)`,
  );
  const row = rows[0];
  if (!row) throw new Error(`publish attempt ${end.attemptId} is not there`);
  return row.finished_at_us;
}

/** Closes an attempt that was begun and for which no call was made, nor will be. */
export async function closeUnsentAttempt(database: Database, attemptId: bigint): Promise<void> {
  await database.$executeRaw`
    UPDATE publish_attempt
       SET status = 'unanswered', finished_at_us = now_us(), reason = 'it was begun and not sent: its workflow went on elsewhere'
     WHERE id = ${attemptId} AND status = 'sending'`;
}

/**
 * Closes the attempts of processes that died between the call and its answer; where the database's clock has gone back,
 * those from the future too.
 *
 * @param olderThanUs well above the longest time that an attempt may take, in µs
 */
export async function closeUnansweredAttempts(database: Database, olderThanUs: Micros): Promise<number> {
  return database.$executeRaw`
    UPDATE publish_attempt
       SET status = 'unanswered', finished_at_us = now_us(), reason = 'the process that sent it ended before the answer'
     WHERE status = 'sending'
       AND (started_at_us < now_us() - ${olderThanUs} OR started_at_us > now_us() + ${olderThanUs})`;
}
