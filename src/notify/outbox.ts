import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database/client.ts';

/** Puts a message into the outbox. @returns its id */
export async function newMessage(
  transaction: Pick<Transaction, 'notification'>,
  channel: string,
  more: { resolves?: string; isTest?: boolean } = {},
): Promise<string> {
  const id = `ntf_${randomUUID()}`;
  await transaction.notification.createMany({ data: { id, channel, ...more } });
  return id;
}

/**
 * The message that says what turns now: the one that waits behind another, which nobody can have begun to send, so that
 * what turns during an outage of the receiver is told at once; where none waits, a new one. It is as old as what came to
 * it last, or it would be given up with what is days older.
 *
 * @returns its id
 */
export async function openMessage(transaction: Transaction, channel: string): Promise<string> {
  // A sender goes on to the next one only after it has ended this one.
  const [first] = await transaction.$queryRaw<{ no: bigint }[]>`
    SELECT n.no FROM notification n WHERE n.channel = ${channel} AND n.state = 'due'
     ORDER BY n.no LIMIT 1 FOR NO KEY UPDATE`;
  const [waits] = first
    ? await transaction.$queryRaw<{ id: string }[]>`
        UPDATE notification SET made_at_us = now_us()
         WHERE id = (SELECT n.id FROM notification n
                      WHERE n.channel = ${channel} AND n.state = 'due' AND n.no > ${first.no}
                        AND n.resolves IS NULL AND NOT n.is_test
                      ORDER BY n.no DESC LIMIT 1)
        RETURNING id`
    : [];
  return waits?.id ?? newMessage(transaction, channel);
}

/**
 * Messages that opened something of which nothing is left, be it over or erased with its tenant, and that nothing closed.
 * What is not opened yet is closed after it was: meanwhile more may come to it.
 */
export async function messagesToClose(transaction: Transaction, channel: string): Promise<string[]> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT n.id FROM notification n
     WHERE n.channel = ${channel} AND n.state = 'sent' AND n.resolves IS NULL AND NOT n.is_test
       AND NOT EXISTS (SELECT 1 FROM notified_condition c WHERE c.on_message = n.id AND c.off_at_us IS NULL)
       AND NOT EXISTS (SELECT 1 FROM notification r WHERE r.channel = n.channel AND r.resolves = n.id)
     ORDER BY n.no`;
  return rows.map(({ id }) => id);
}
