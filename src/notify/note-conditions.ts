import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import type { Condition, ConditionKind, Severity, Wishes } from '../domain/notify.ts';
import { whatToTell, type Told } from '../domain/what-to-tell.ts';
import type { Micros } from '../domain/time.ts';
import type { GateSettings } from '../gate/settings.ts';
import {
  READ_BY_TENANT,
  readConditions,
  type Conditions,
  type OnUnread,
} from './conditions/read-conditions.ts';
import { messagesToClose, newMessage, openMessage } from './outbox.ts';
import { wordOfTerm } from './term.ts';

/** Messages and what they said are kept for so long after their end, in µs. */
const KEPT_FOR = 7n * 86_400_000_000n;
/** Of what one channel is told: a flood is many rows. */
const IN_TIME = { timeout: 20_000 };

export interface Noted {
  /** The terms of the channels that something is to be sent to: see term.ts. */
  due: string[];
  /** Channels of which nothing could be noted. */
  failed: string[];
  /** There are tenants, and not one could be read. */
  sawNobody: boolean;
}

export interface OnFault extends OnUnread {
  onUnnoted: (unnoted: { channel: string; error: unknown }) => void;
}

/**
 * Looks at what is so now, and writes down what each channel is to be told of it: the message and that it was told stand
 * in one transaction a channel, so that nothing is told twice and nothing is forgotten, whoever dies when. A channel that
 * this cannot be done for silences no other.
 */
export async function noteConditions(
  database: Database,
  settings: GateSettings,
  { onUnnoted, ...unread }: OnFault,
): Promise<Noted> {
  const channels = await database.notifyChannel.findMany({
    omit: { target: true },
    orderBy: { name: 'asc' },
  });
  if (channels.length === 0) return { due: [], failed: [], sawNobody: false };
  const read = await readConditions(database, settings, { wished: wishedOf(channels), ...unread });
  const failed: string[] = [];
  for (const { name, kind, createdAtUs, tenantId: tenant, owner, atLeast, ...row } of channels) {
    const patience = { inconclusive: row.inconclusiveUs, publish: row.publishUs, expiry: row.expiryUs };
    const wishes = { tenant, owner, atLeast: atLeast as Severity, patience };
    try {
      await noteFor(database, { name, createdAtUs, opensAndCloses: kind === 'pagerduty', wishes }, read);
    } catch (error) {
      // A database that is away fails the round at once, and not one channel after the other.
      await databaseNow(database);
      failed.push(name);
      onUnnoted({ channel: name, error });
    }
  }
  await forgetOld(database);
  const due = await database.notification.findMany({
    where: { state: 'due' },
    distinct: ['channel'],
    select: { channel: true },
  });
  const isDue = new Set(due.map(({ channel }) => channel));
  return {
    due: channels
      .filter(({ name }) => isDue.has(name))
      .map(({ name, createdAtUs: since }) => wordOfTerm({ name, since })),
    failed,
    sawNobody: read.sawNobody,
  };
}

/** Tenants that channels name, and whether any channel wants to know of every one. */
function wishedOf(channels: readonly { tenantId: string | null }[]): { every: boolean; named: string[] } {
  return {
    every: channels.some(({ tenantId }) => tenantId === null),
    named: channels.flatMap(({ tenantId }) => tenantId ?? []),
  };
}

interface Channel {
  name: string;
  createdAtUs: Micros;
  /** What was opened by a message is closed by one of its own; other channels are told what is over by and by. */
  opensAndCloses: boolean;
  wishes: Wishes;
}

async function noteFor(database: Database, channel: Channel, read: Conditions): Promise<void> {
  const { conditions, rehearsals, now } = read;
  const { name, createdAtUs } = channel;
  await database.$transaction(async (transaction) => {
    // A round that was given up may still run beside the next one; a channel may have been removed meanwhile.
    const { count } = await transaction.notifyChannel.updateMany({
      where: { name, createdAtUs },
      data: { lookedAtUs: now },
    });
    if (count === 0) return;
    const told = await readTold(transaction, name, read);
    const toTell = whatToTell({ wishes: channel.wishes, conditions, rehearsals, told, now });
    await mark(transaction, toTell.away, { awaySinceUs: now });
    await mark(transaction, toTell.back, { awaySinceUs: null });
    if (channel.opensAndCloses) {
      await mark(transaction, toTell.off, { offAtUs: now });
      if (toTell.on.length > 0)
        await tellOf(transaction, name, await openMessage(transaction, name), toTell.on);
      for (const resolves of await messagesToClose(transaction, name))
        await newMessage(transaction, name, { resolves });
    } else if (toTell.on.length + toTell.off.length > 0) {
      const offMessage = await openMessage(transaction, name);
      await tellOf(transaction, name, offMessage, toTell.on);
      await mark(transaction, toTell.off, { offAtUs: now, offMessage });
    }
  }, IN_TIME);
}

async function readTold(
  transaction: Transaction,
  channel: string,
  { leaving, unread }: Conditions,
): Promise<Told[]> {
  const rows = await transaction.notifiedCondition.findMany({
    where: { channel, offAtUs: null },
    select: { id: true, kind: true, key: true, tenantId: true, awaySinceUs: true },
    orderBy: { id: 'asc' },
  });
  return rows
    .map(({ kind, ...row }) => ({ ...row, kind: kind as ConditionKind }))
    .filter(
      ({ tenantId, kind }) =>
        tenantId === null ||
        !(leaving.has(tenantId) || (unread.has(tenantId) && READ_BY_TENANT.includes(kind))),
    )
    .map(({ id, kind, key, awaySinceUs: awaySince }) => ({ id, kind, key, awaySince }));
}

async function mark(
  transaction: Transaction,
  told: readonly Told[],
  data: { awaySinceUs?: Micros | null; offAtUs?: Micros; offMessage?: string },
): Promise<void> {
  if (told.length === 0) return;
  await transaction.notifiedCondition.updateMany({ where: { id: { in: told.map(({ id }) => id) } }, data });
}

/** In one message, however much has turned. */
async function tellOf(
  transaction: Transaction,
  channel: string,
  onMessage: string,
  on: readonly Condition[],
): Promise<void> {
  await transaction.notifiedCondition.createMany({
    data: on.map(({ tenant: tenantId, since: sinceUs, ...one }) => ({
      ...{ channel, onMessage, tenantId, sinceUs },
      ...one,
    })),
  });
}

/** What is not over stays, and with it the message that told it. */
async function forgetOld(database: Pick<Database, '$executeRaw'>): Promise<void> {
  await database.$executeRaw`
    DELETE FROM notified_condition c
     WHERE c.off_at_us < now_us() - ${KEPT_FOR}
       AND NOT EXISTS (SELECT 1 FROM notification n
                        WHERE n.state = 'due' AND n.id IN (c.on_message, c.off_message))`;
  await database.$executeRaw`
    DELETE FROM notification n
     WHERE n.ended_at_us < now_us() - ${KEPT_FOR}
       AND NOT EXISTS (SELECT 1 FROM notified_condition c WHERE c.on_message = n.id)`;
}
