import type { Database } from '../database/client.ts';
import { nextDue, readMessage } from './message.ts';
import { NotSent, PartlySent, RefusedForGood } from './notify-error.ts';
import { send } from './send/send.ts';
import { readTerm } from './term.ts';
import { openTarget, TargetGone } from './target.ts';

/** What nobody could be told for so long is told to nobody any more, in µs. */
export const GIVEN_UP_AFTER = 3n * 86_400_000_000n;
/** One of several addresses is asked so long once another one has the mail, in µs. */
const ADDRESS_GIVEN_UP_AFTER = 3_600_000_000n;
/** The same where the others are to be told something else, which they are not meanwhile, in µs. */
const ADDRESS_LETS_WAIT_FOR = 60_000_000n;

export interface Sender {
  database: Database;
  openSecret: (sealed: Uint8Array, context: string) => Buffer;
  /** The console's address. */
  publicUrl?: string | undefined;
  onTry: (tried: { channel: string; result: 'sent' | 'failed' }) => void;
  onGivenUp: (lost: { channel: string; id: string; reason: string }) => void;
}

/**
 * Sends the oldest message of a channel that is due, and writes down what came of it. It may be sent twice by the same id,
 * when whoever sent it dies before that was written down, and never less than once. One after the other: that something
 * is over must not come before that it began. What is refused for good, and what nobody took for days, is given up, so
 * that the next one is told.
 *
 * @param term of the channel: see term.ts
 * @returns none: nothing is due, or the channel was removed, or the workflow of its term tells it
 * @throws NotSent, after it was written down; PartlySent of a mail
 */
export async function sendNext(sender: Sender, term: string): Promise<'sent' | 'none'> {
  const { database, openSecret, publicUrl, onTry, onGivenUp } = sender;
  const { name: channel, since } = readTerm(term);
  const row = await database.notifyChannel.findUnique({ where: { name: channel } });
  // Without `since` the workflow is a former release's, and another one tells this channel: two would tell it out of order.
  if (!row || row.createdAtUs !== since) return 'none';
  const head = await nextDue(database, channel);
  if (!head) return 'none';
  const [age] = await database.$queryRaw<[{ old: boolean }]>`
    SELECT now_us() - ${head.madeAt} > ${GIVEN_UP_AFTER} AS old`;
  if (age.old) {
    onGivenUp({ channel, id: head.id, reason: 'nobody took it for three days' });
    return end(database, head.id, 'given_up');
  }
  const message = await readMessage(database, head, publicUrl);
  // What it spoke of was erased meanwhile.
  const isEmpty = message.groups.length === 0 && !message.isTest && message.resolves === null;
  if (!isEmpty) {
    try {
      await send(openTarget(openSecret, row), message, head);
    } catch (error) {
      onTry({ channel, result: 'failed' });
      const failure = wordsOf(error);
      const { takenBy, refusedBy } = error instanceof PartlySent ? error.settled : head;
      const [tried] = await database.$queryRaw<{ failing_for: bigint; lets_wait: boolean }[]>`
        UPDATE notification h SET tries = tries + 1, failure = ${failure},
               -- An address is waited for from when another one had it.
               failing_since_us = CASE WHEN taken_by = '{}' AND ${takenBy.length > 0} THEN now_us()
                                       ELSE coalesce(failing_since_us, now_us()) END,
               taken_by = ${[...takenBy]}::integer[], refused_by = ${[...refusedBy]}::integer[]
         WHERE id = ${head.id} AND state = 'due'
        RETURNING now_us() - failing_since_us AS failing_for,
                  EXISTS (SELECT 1 FROM notification n
                           WHERE n.channel = h.channel AND n.state = 'due' AND n.no > h.no) AS lets_wait`;
      const isTriedFor = tried?.lets_wait ? ADDRESS_LETS_WAIT_FOR : ADDRESS_GIVEN_UP_AFTER;
      if (!isLastWord(error, (tried?.failing_for ?? 0n) > isTriedFor))
        throw error instanceof PartlySent ? error : new NotSent(failure);
      onGivenUp({ channel, id: head.id, reason: failure });
      return end(database, head.id, 'given_up');
    }
    onTry({ channel, result: 'sent' });
  }
  return end(database, head.id, 'sent');
}

async function end(database: Database, id: string, state: 'sent' | 'given_up'): Promise<'sent'> {
  await database.$executeRaw`
    UPDATE notification
       SET state = ${state}, ended_at_us = now_us(), tries = tries + CASE ${state} WHEN 'sent' THEN 1 ELSE 0 END,
           failure = CASE ${state} WHEN 'sent' THEN NULL ELSE failure END
     WHERE id = ${id} AND state = 'due'`;
  return 'sent';
}

/** Whether a message is tried no more. @param isLate whether it was tried for long enough since one address had it */
function isLastWord(error: unknown, isLate: boolean): boolean {
  if (!(error instanceof PartlySent)) return error instanceof RefusedForGood;
  const { left, takenBy } = error.settled;
  return left === 0 || (takenBy.length > 0 && isLate);
}

/** Whatever else goes wrong may quote what it was given. */
function wordsOf(error: unknown): string {
  if (error instanceof NotSent || error instanceof TargetGone) return error.message;
  return `it could not be put into words for the receiver (${error instanceof Error ? error.name : 'unknown'})`;
}
