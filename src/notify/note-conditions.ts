import { randomUUID } from 'node:crypto';
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

/** Messages and what they said are kept for so long after their end, in µs. */
const KEPT_FOR = 7n * 86_400_000_000n;

/**
 * Looks at what is so now, and writes down what each channel is to be told of it: the message and that it was told stand
 * in one transaction a channel, so that nothing is told twice and nothing is forgotten, whoever dies when.
 *
 * @returns the channels that something is to be sent to
 */
export async function noteConditions(
  database: Database,
  settings: GateSettings,
  onUnread: OnUnread,
): Promise<string[]> {
  const channels = await database.notifyChannel.findMany({
    omit: { target: true },
    orderBy: { name: 'asc' },
  });
  if (channels.length === 0) return [];
  const read = await readConditions(database, settings, { wished: wishedOf(channels), onUnread });
  for (const { name, kind, tenantId: tenant, owner, atLeast, ...row } of channels) {
    const patience = { inconclusive: row.inconclusiveUs, publish: row.publishUs, expiry: row.expiryUs };
    const wishes = { tenant, owner, atLeast: atLeast as Severity, patience };
    await noteFor(database, { name, opensAndCloses: kind === 'pagerduty', wishes }, read);
  }
  await forgetOld(database);
  const due = await database.notification.findMany({
    where: { state: 'due' },
    distinct: ['channel'],
    select: { channel: true },
    orderBy: { channel: 'asc' },
  });
  return due.map(({ channel }) => channel);
}

/** @returns undefined where a channel wants to know of every tenant */
function wishedOf(channels: readonly { tenantId: string | null }[]): string[] | undefined {
  const wished = channels.flatMap(({ tenantId }) => tenantId ?? []);
  return wished.length === channels.length ? wished : undefined;
}

interface Noted {
  name: string;
  /** What was opened by a message is closed by one of its own; other channels are told what is over by and by. */
  opensAndCloses: boolean;
  wishes: Wishes;
}

async function noteFor(database: Database, channel: Noted, read: Conditions): Promise<void> {
  const { conditions, now } = read;
  await database.$transaction(async (transaction) => {
    // A round that was given up may still run beside the next one.
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`notify/${channel.name}`}, 0))`;
    const told = await readTold(transaction, channel.name, read);
    const toTell = whatToTell({ wishes: channel.wishes, conditions, told, now });
    await mark(transaction, toTell.away, { awaySinceUs: now });
    await mark(transaction, toTell.back, { awaySinceUs: null });
    if (channel.opensAndCloses) {
      await mark(transaction, toTell.off, { offAtUs: now });
      if (toTell.on.length > 0)
        await tellOf(transaction, channel.name, await newMessage(transaction, channel.name), toTell.on);
      for (const resolves of await allOver(transaction, channel.name))
        await newMessage(transaction, channel.name, { resolves });
    } else if (toTell.on.length + toTell.off.length > 0) {
      const offMessage = await newMessage(transaction, channel.name);
      await tellOf(transaction, channel.name, offMessage, toTell.on);
      await mark(transaction, toTell.off, { offAtUs: now, offMessage });
    }
  });
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

/** Messages that opened something of which nothing is left, be it over or erased with its tenant, and that nothing closed. */
async function allOver(transaction: Transaction, channel: string): Promise<string[]> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT n.id FROM notification n
     WHERE n.channel = ${channel} AND n.resolves IS NULL AND NOT n.is_test
       AND NOT EXISTS (SELECT 1 FROM notified_condition c WHERE c.on_message = n.id AND c.off_at_us IS NULL)
       AND NOT EXISTS (SELECT 1 FROM notification r WHERE r.channel = n.channel AND r.resolves = n.id)
     ORDER BY n.no`;
  return rows.map(({ id }) => id);
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
