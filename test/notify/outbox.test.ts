import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decryptSecret } from '../../src/access/secrets/encryption.ts';
import { checkNotifications } from '../../src/cli/doctor/check-notifications.ts';
import { CONDITION_KINDS, type Patience } from '../../src/domain/notify.ts';
import { seconds } from '../../src/domain/time.ts';
import { listChannels, stateOf } from '../../src/notify/list-channels.ts';
import { nextDue, readMessage, type Group } from '../../src/notify/message.ts';
import { noteConditions } from '../../src/notify/note-conditions.ts';
import { newMessage } from '../../src/notify/outbox.ts';
import { sendNext } from '../../src/notify/send-next.ts';
import { addChannel } from '../../src/notify/set-channel.ts';
import type { Target } from '../../src/notify/target.ts';
import { wordOfTerm } from '../../src/notify/term.ts';
import { formatSecret, newSecret, parseSecret } from '../../src/standard-webhooks/secret.ts';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';
import { KEYS } from '../feed/run/run-world.ts';
import { settings } from '../gate/launch.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { EVERY_KIND } from './every-kind.ts';
import { httpReceiver, mailReceiver } from './receivers.ts';

const PATIENCE = { inconclusive: seconds(1800), publish: seconds(600), expiry: seconds(86_400) };
const NOBODY: Target = { kind: 'slack', url: 'http://127.0.0.1:9/' };
let test: TestDatabase;
const givenUp: string[] = [];

beforeAll(async () => {
  test = await testDatabase();
});
afterEach(() => test.sql('DELETE FROM notify_channel'));
afterAll(() => test?.drop());

const add = (name: string, target: Target = NOBODY, patience: Patience = PATIENCE): Promise<void> =>
  addChannel(
    test.as('operator'),
    KEYS,
    { ...{ name, target, shown: 'x', tenant: null, owner: null, atLeast: 'info', patience } },
    { actor: 'ada' },
  );
const note = async () => {
  const unnoted: string[] = [];
  const noted = await noteConditions(test.as('worker'), settings, {
    onUnread: ({ error }) => {
      throw error;
    },
    onUnnoted: ({ channel }) => unnoted.push(channel),
  });
  return { ...noted, unnoted };
};
const sendOf = (term: string) =>
  sendNext(
    {
      database: test.as('worker'),
      openSecret: (sealed, context) => decryptSecret(KEYS, sealed, context),
      onTry: () => undefined,
      onGivenUp: ({ reason }) => givenUp.push(reason),
    },
    term,
  );
async function sendOne(name: string): Promise<'sent' | 'none'> {
  const { createdAtUs: since } = await test.database.notifyChannel.findUniqueOrThrow({ where: { name } });
  return sendOf(wordOfTerm({ name, since }));
}
const list = () => listChannels(test.as('operator'));

describe('every kind of condition', () => {
  it('is delivered, signed, once when it turns and once when it is well again', async () => {
    const http = await httpReceiver();
    const secret = formatSecret(newSecret());
    const patience = { ...PATIENCE, inconclusive: 0n, publish: 0n };
    await add('desk', { kind: 'webhook', url: `${http.url}/desk`, secret }, patience);
    const told = async (): Promise<string[]> => {
      const before = http.received.length;
      await note();
      while ((await sendOne('desk')) === 'sent');
      return http.received.slice(before).flatMap(({ headers, body }) => {
        const nowSeconds = Math.floor(Date.now() / 1000);
        const checked = verifyMessage({ headers, body, secrets: [parseSecret(secret)], nowSeconds });
        expect(checked).toEqual({ ok: true });
        const { data } = JSON.parse(body.toString('utf8')) as { data: { groups: Group[] } };
        return data.groups.map(({ kind, state, count }) => `${kind} ${state} ${count}`).toSorted();
      });
    };
    const all = (state: string) => CONDITION_KINDS.map((kind) => `${kind} ${state} 1`).toSorted();
    for (const turn of Object.values(EVERY_KIND)) await turn.on(test);
    expect(await told()).toEqual(all('on'));
    expect(await told()).toEqual([]);
    for (const turn of Object.values(EVERY_KIND)) await turn.off(test);
    const atOnce = await told();
    // The others have to be gone for a while.
    await test.sql('UPDATE notified_condition SET away_since_us = away_since_us - 300000000');
    expect([...atOnce, ...(await told())].toSorted()).toEqual(all('off'));
    expect(await told()).toEqual([]);
    await http.close();
  });
});

describe('a flood of one tenant', () => {
  it('is told in time, and does not keep what another tenant has from being named', async () => {
    await add('desk');
    await openTenant(test.database, 'many', []);
    await openTenant(test.database, 'one', []);
    await test.sql(
      `INSERT INTO api_token (id, name, role, tenant_id, token_hash, expires_at_us)
       SELECT 'f-' || no, 'desk', 'viewer', CASE no WHEN 5000 THEN 'one' ELSE 'many' END, no::text::bytea, now_us() + 3600000000
         FROM generate_series(1, 5000) no`,
    );
    expect((await note()).unnoted).toEqual([]);
    const head = await nextDue(test.database, 'desk');
    const { groups } = await readMessage(test.database, head!, undefined);
    expect(groups).toMatchObject([{ kind: 'token_expiring', count: 5000, named: { length: 10 } }]);
    expect(groups[0]?.named.map(({ tenant }) => tenant)).toContain('one');
    await test.sql('DELETE FROM api_token');
  });
});

describe('a channel that nothing can be noted for', () => {
  it('silences no other, and is one that nobody looks at', async () => {
    await add('broken');
    await add('whole');
    await test.sql(`UPDATE notify_channel SET created_at_us = created_at_us - 600000000`);
    await test.sql(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`,
    );
    await test.sql(
      `CREATE TRIGGER refuse BEFORE UPDATE ON notify_channel FOR EACH ROW WHEN (OLD.name = 'broken') EXECUTE FUNCTION refuse()`,
    );
    await newMessage(test.database, 'whole', { isTest: true });
    const { createdAtUs } = await test.database.notifyChannel.findUniqueOrThrow({ where: { name: 'whole' } });
    expect(await note()).toEqual({
      ...{ due: [`whole@${createdAtUs}`], failed: ['broken'], unnoted: ['broken'], sawNobody: false },
    });
    const [broken, whole] = await list();
    expect(stateOf(broken!)).toBe('NO WORKER HAS LOOKED since it was added; nothing was sent yet');
    expect(whole).toMatchObject({ unwatched: false, lookedAt: expect.any(String) });
    expect(await checkNotifications(test.as('operator'))).toEqual([
      {
        ...{ name: 'notifications of broken', status: 'failed', detail: stateOf(broken!) },
        todo: expect.stringContaining('the schedule `notifications`'),
      },
    ]);
    await test.sql('DROP FUNCTION refuse CASCADE');
    await note();
    expect(await checkNotifications(test.as('operator'))).toMatchObject([{ status: 'ok' }]);
  });
});

describe('a mail that the server refuses for some of its addresses', () => {
  it('is told again to those that may take it, and shows for those that never will', async () => {
    const mail = await mailReceiver({ refuses: { 'b@x.example': 550, 'c@x.example': 452 } });
    const smtp = `smtp://127.0.0.1:${mail.port}?tls=no`;
    const to = 'a@x.example, b@x.example, c@x.example';
    await add('mail', { kind: 'email', to, from: 'sync@x.example', smtp });
    await newMessage(test.database, 'mail', { isTest: true });
    await note();
    const failure = 'of its 3 addresses the mail server refuses no. 2 (550), no. 3 (452)';
    await expect(sendOne('mail')).rejects.toThrow(failure);
    expect(await list()).toMatchObject([{ waiting: 1, failure, failingSince: expect.any(String) }]);
    delete mail.refuses['c@x.example'];
    expect(await sendOne('mail')).toBe('sent');
    expect(mail.mails.map((one) => one.to)).toEqual([['a@x.example'], ['c@x.example']]);
    expect(await list()).toMatchObject([
      { waiting: 0, givenUp: 1, lost: true, givenUpFor: 'of its 3 addresses the mail server refuses no. 2' },
    ]);
    const [check] = await checkNotifications(test.as('operator'));
    expect(check).toMatchObject({ status: 'failed', todo: expect.stringContaining('notify test mail') });
    await mail.close();
  });

  it('waits an hour for them, and then goes on', async () => {
    const mail = await mailReceiver({ refuses: { 'b@x.example': 452 } });
    const smtp = `smtp://127.0.0.1:${mail.port}?tls=no`;
    await add('mail', { kind: 'email', to: 'a@x.example, b@x.example', from: 'sync@x.example', smtp });
    await newMessage(test.database, 'mail', { isTest: true });
    // Nobody could be told for long before.
    await test.sql('UPDATE notification SET failing_since_us = 1');
    await expect(sendOne('mail')).rejects.toThrow('no. 2 (452)');
    await test.sql('UPDATE notification SET failing_since_us = failing_since_us - 3700000000');
    givenUp.length = 0;
    expect(await sendOne('mail')).toBe('sent');
    expect(givenUp).toEqual(['of its 2 addresses the mail server refuses no. 2 (452)']);
    expect(mail.mails).toHaveLength(1);
    await mail.close();
  });

  it('waits a minute for them where the others are to be told something else', async () => {
    const mail = await mailReceiver({ refuses: { 'b@x.example': 452 } });
    const smtp = `smtp://127.0.0.1:${mail.port}?tls=no`;
    await add('mail', { kind: 'email', to: 'a@x.example, b@x.example', from: 'sync@x.example', smtp });
    await newMessage(test.database, 'mail', { isTest: true });
    await expect(sendOne('mail')).rejects.toMatchObject({ settled: { takenBy: [1], left: 1 } });
    await test.sql('UPDATE notification SET failing_since_us = failing_since_us - 61000000');
    await expect(sendOne('mail')).rejects.toThrow('no. 2 (452)');
    await newMessage(test.database, 'mail', { isTest: true });
    givenUp.length = 0;
    expect(await sendOne('mail')).toBe('sent');
    expect(givenUp).toEqual(['of its 2 addresses the mail server refuses no. 2 (452)']);
    await expect(sendOne('mail')).rejects.toThrow('no. 2 (452)');
    expect(mail.mails.map((one) => one.to)).toEqual([['a@x.example'], ['a@x.example']]);
    await mail.close();
  });
});

describe('a channel that was removed', () => {
  it('is told no more by the next one of its name', async () => {
    await add('desk');
    await newMessage(test.database, 'desk', { isTest: true });
    expect(await sendOf('desk@1')).toBe('none');
    await expect(sendOne('desk')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a channel whose workflow a former release began', () => {
  it('is told by the one of its term alone', async () => {
    await add('desk');
    await newMessage(test.database, 'desk', { isTest: true });
    expect(await sendOf('desk')).toBe('none');
    await expect(sendOne('desk')).rejects.toThrow('ECONNREFUSED');
  });
});
