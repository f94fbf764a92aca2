import type { Database } from '../database/client.ts';
import { newMessage } from './outbox.ts';
import { unknownChannel } from './set-channel.ts';

/**
 * Puts a message into a channel's outbox that says that it is a test; a channel that opens incidents gets one that closes
 * it, besides.
 *
 * @returns the id of the first
 * @throws NotifyError
 */
export async function requestTest(database: Database, channel: string): Promise<string> {
  return database.$transaction(async (transaction) => {
    const row = await transaction.notifyChannel.findUnique({
      where: { name: channel },
      select: { kind: true },
    });
    if (!row) throw unknownChannel(channel);
    const id = await newMessage(transaction, channel, { isTest: true });
    if (row.kind === 'pagerduty') await newMessage(transaction, channel, { resolves: id });
    return id;
  });
}
