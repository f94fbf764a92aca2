import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptSecret } from '../../src/access/secrets/encryption.ts';
import { notifyWorkflowId } from '../../src/domain/identity.ts';
import type { ChannelKind, Owner, Severity } from '../../src/domain/notify.ts';
import { seconds } from '../../src/domain/time.ts';
import { setTenantState, withTenantLock } from '../../src/flags/set-state.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { listChannels, readNotifyGauges, stateOf } from '../../src/notify/list-channels.ts';
import type { Group } from '../../src/notify/message.ts';
import { readTarget, type TargetWords } from '../../src/notify/read-target.ts';
import { requestTest } from '../../src/notify/request-test.ts';
import { addChannel, removeChannel } from '../../src/notify/set-channel.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';
import { wordOfTerm } from '../../src/notify/term.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { KEYS } from '../feed/run/run-world.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { logged } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { httpReceiver, mailReceiver, type HttpReceiver, type MailReceiver } from './receivers.ts';

const PASSWORD = 'pass-word-of-the-mail-server';
const KEY = 'routingkeyofpagerduty0000000000a';
let product: Product;
let http: HttpReceiver;
let mail: MailReceiver;
const secrets = new Map<string, string>();

beforeAll(async () => {
  product = await testProduct();
  http = await httpReceiver();
  mail = await mailReceiver({ user: 'sync', password: PASSWORD });
  await product.startWorker({ openSecret: (sealed, context) => decryptSecret(KEYS, sealed, context) });
});
afterAll(async () => {
  await product?.close();
  await http?.close();
  await mail?.close();
});

async function add(
  name: string,
  kind: ChannelKind,
  words: TargetWords,
  wishes: { tenant?: string; owner?: Owner; atLeast?: Severity } = {},
): Promise<void> {
  const { target, shown, secret } = await readTarget(kind, words);
  if (secret !== undefined) secrets.set(name, secret);
  const { tenant = null, owner = null, atLeast = 'info' } = wishes;
  const patience = { inconclusive: seconds(1800), publish: seconds(600), expiry: seconds(86_400) };
  await addChannel(
    product.as('operator'),
    KEYS,
    { ...{ name, target, shown, tenant, owner, atLeast, patience } },
    { actor: 'ada' },
  );
}
let rounds = 0;
/** What the schedule starts. */
const round = async (): Promise<void> => {
  const workflowId = `round-${(rounds += 1)}`;
  await product.client.workflow.execute('tellPeople', { workflowId, taskQueue: TASK_QUEUE });
};
async function workflowIdOf(name: string): Promise<string> {
  const { createdAtUs: since } = await product.database.notifyChannel.findUniqueOrThrow({ where: { name } });
  return notifyWorkflowId(wordOfTerm({ name, since }));
}
const allSent = () =>
  until(async () => (await product.database.notification.count({ where: { state: 'due' } })) === 0);
const close = (tenant: string) =>
  rollBack(product.database, { tenant, actor: 'ada', reason: 'wrong prices' });
const open = (tenant: string) =>
  withTenantLock(product.database, tenant, (transaction) =>
    setTenantState(transaction, { tenant, state: 'open', actor: 'ada' }),
  );
const at = (path: string) => http.received.filter((one) => one.path === path);
const json = ({ body }: { body: Buffer }) => JSON.parse(body.toString('utf8'));
async function removeAll(): Promise<void> {
  for (const { name } of await listChannels(product.as('operator'))) {
    await removeChannel(product.as('operator'), name, { actor: 'ada' });
  }
}

/** Payloads as the texts that they are. */
function readable(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return key === 'data' && typeof value === 'string'
    ? Buffer.from(value, 'base64').toString('latin1')
    : value;
}

describe('every kind of channel', () => {
  it('is told once when something turns and once when it is well, in the form of its receiver', async () => {
    await openTenant(product.database, 'shop', ['acme']);
    await add('desk', 'webhook', { to: `${http.url}/desk` });
    await add('chat', 'slack', { to: `${http.url}/services/T0/B0/slack-secret` });
    await add('night', 'pagerduty', { to: KEY, url: `${http.url}/v2/enqueue` });
    const smtp = `smtp://sync:${PASSWORD}@127.0.0.1:${mail.port}?tls=no`;
    await add('mail', 'email', { to: 'ops@example.com, ada@example.com', from: 'sync@example.com', smtp });
    await close('shop');
    await round();
    await round();
    await allSent();

    const [told, ...more] = at('/desk');
    expect(more).toEqual([]);
    const verified = verifyMessage({
      headers: told?.headers ?? {},
      body: told?.body ?? Buffer.alloc(0),
      secrets: [parseSecret(secrets.get('desk') ?? '')],
      nowSeconds: Math.floor(Date.now() / 1000),
    });
    expect(verified).toEqual({ ok: true });
    expect(told && json(told)).toMatchObject({
      type: 'catalog-sync.notification',
      data: {
        channel: 'desk',
        subject: 'catalog-sync: Rolled back: shop',
        groups: [
          {
            ...{ kind: 'rolled_back', state: 'on', severity: 'page', owner: 'Platform', count: 1 },
            means: expect.stringContaining('held, not lost'),
            todo: expect.stringContaining('--tenant shop'),
            named: [{ tenant: 'shop', detail: 'shop was closed by ada: wrong prices', link: '/t/shop/gate' }],
          },
        ],
      },
    });
    expect(at('/services/T0/B0/slack-secret').map(json)).toMatchObject([
      {
        text: 'catalog-sync: Rolled back: shop',
        blocks: [
          { type: 'header', text: { type: 'plain_text' } },
          { type: 'section', text: { type: 'mrkdwn', text: expect.stringContaining('What to do:') } },
        ],
      },
    ]);
    const [opened] = at('/v2/enqueue').map(json);
    expect(opened).toMatchObject({
      ...{ routing_key: KEY, event_action: 'trigger', dedup_key: expect.stringMatching(/^ntf_/) },
      payload: { severity: 'critical', summary: 'catalog-sync: Rolled back: shop', class: 'rolled_back' },
    });
    expect(mail.mails).toMatchObject([
      {
        ...{ from: 'sync@example.com', to: ['ops@example.com', 'ada@example.com'], user: 'sync' },
        text: expect.stringMatching(/^Subject: catalog-sync: Rolled back: shop\r$/m),
      },
    ]);

    await open('shop');
    await round();
    await round();
    await allSent();
    expect(at('/desk').map(json)).toMatchObject([
      {},
      { data: { groups: [{ kind: 'rolled_back', state: 'off' }] } },
    ]);
    expect(at('/services/T0/B0/slack-secret')).toHaveLength(2);
    expect(at('/v2/enqueue').map(json)).toEqual([
      opened,
      { routing_key: KEY, event_action: 'resolve', dedup_key: opened.dedup_key },
    ]);
    expect(mail.mails).toHaveLength(2);
    expect(mail.mails[1]?.text).toContain('OVER: Open again after a rollback');
  });

  it('leaves no secret in lists, in the audit list, in logs or in histories', async () => {
    const histories = await Promise.all(
      ['desk', 'chat', 'night', 'mail'].map(async (name) =>
        product.client.workflow.getHandle(await workflowIdOf(name)).fetchHistory(),
      ),
    );
    const everything = JSON.stringify(
      [
        await listChannels(product.as('operator')),
        await product.sql('SELECT * FROM audit_entry'),
        await product.sql('SELECT * FROM notification'),
        histories,
        logged,
      ],
      readable,
    );
    expect(everything).toContain('\\"desk@');
    for (const secret of [PASSWORD, KEY, 'slack-secret', secrets.get('desk') ?? 'none'])
      expect(everything).not.toContain(secret);
    expect(await listChannels(product.as('operator'))).toMatchObject([
      { name: 'chat', to: http.url },
      { name: 'desk', to: http.url },
      { name: 'mail', to: 'ops@example.com, ada@example.com', failingSince: null },
      { name: 'night', to: http.url },
    ]);
    await removeAll();
  });
});

describe('a flood', () => {
  it('is one message, with no more than ten of a kind, and none of a rehearsal that nobody asked for', async () => {
    http.received.length = 0;
    await openTenant(product.database, 'practice', []);
    await product.sql(`UPDATE tenant SET rehearsal_us = 60000000 WHERE id = 'practice'`);
    await close('practice');
    await add('practice', 'webhook', { to: `${http.url}/practice` }, { tenant: 'practice' });
    await add('flood', 'webhook', { to: `${http.url}/flood` });
    const tenants = Array.from({ length: 25 }, (_, no) => `many-${no}`);
    for (const tenant of tenants) {
      await openTenant(product.database, tenant, []);
      await close(tenant);
    }
    await round();
    await allSent();
    const messages = at('/flood').map(json);
    expect(messages).toHaveLength(1);
    expect(messages[0].data.groups).toMatchObject([{ kind: 'rolled_back', count: 25 }]);
    expect(messages[0].data.groups[0].named).toHaveLength(10);
    expect(messages[0].data.text).toContain('- and 15 more');
    expect(at('/practice').map(json)).toMatchObject([
      { data: { subject: expect.stringContaining('practice') } },
    ]);
    await removeAll();
  });
});

describe('a tenant that is erased', () => {
  it('is told of no more, and what was opened for it is closed', async () => {
    await add('desk', 'webhook', { to: `${http.url}/desk` });
    await add('night', 'pagerduty', { to: KEY, url: `${http.url}/v2/enqueue` });
    await round();
    await allSent();
    http.received.length = 0;
    await openTenant(product.database, 'leaves', ['acme']);
    await close('leaves');
    await round();
    await product.sql(`SELECT begin_erasure('leaves', 'ada', 'the contract ended')`);
    await round();
    const notedOf = () => product.database.notifiedCondition.count({ where: { tenantId: 'leaves' } });
    while ((await notedOf()) > 0) await product.sql(`SELECT erase_tenant_rows('leaves', 1000)`);
    await round();
    await allSent();
    expect(at('/desk')).toHaveLength(1);
    expect(await notedOf()).toBe(0);
    const [opened, ...more] = at('/v2/enqueue').map(json);
    expect(more).toEqual([{ routing_key: KEY, event_action: 'resolve', dedup_key: opened.dedup_key }]);
    await round();
    await allSent();
    expect(at('/v2/enqueue')).toHaveLength(2);
    await removeAll();
  });
});

describe('a receiver that refuses a message for good', () => {
  it('shows in the list and the gauge until one is taken, and what comes next goes on', async () => {
    http.received.length = 0;
    http.answers = 410;
    await add('gone', 'webhook', { to: `${http.url}/gone` }, { owner: 'Infra' });
    await requestTest(product.as('operator'), 'gone');
    await requestTest(product.as('operator'), 'gone');
    await round();
    await allSent();
    expect(at('/gone')).toHaveLength(2);
    expect(await listChannels(product.as('operator'))).toMatchObject([
      { waiting: 0, givenUp: 2, failingSince: null, givenUpFor: 'the receiver answered 410' },
    ]);
    const [gauge] = await readNotifyGauges(product.as('worker'));
    expect(gauge?.waitingSeconds).toBeGreaterThan(0);
    http.answers = 200;
    await requestTest(product.as('operator'), 'gone');
    await round();
    await allSent();
    expect(await readNotifyGauges(product.as('worker'))).toMatchObject([{ waitingSeconds: 0 }]);
    await removeAll();
  });
});

describe('a receiver that is away', () => {
  it('shows in the list, and is told in order, what turned meanwhile at once, when it is back', async () => {
    http.received.length = 0;
    http.answers = 503;
    await add('away', 'webhook', { to: `${http.url}/away` });
    await add('night', 'pagerduty', { to: KEY, url: `${http.url}/v2/enqueue` });
    await close('shop');
    await round();
    await until(async () => at('/away').length >= 2);
    const [listed] = await listChannels(product.as('operator'));
    expect(stateOf(listed!)).toMatch(/^FAILS since .*: the receiver answered 503; 1 wait$/);
    expect(listed).toMatchObject({ waiting: 1, failure: 'the receiver answered 503' });
    expect(listed?.failingSince).not.toBeNull();
    const gauges = await readNotifyGauges(product.as('worker'));
    expect(gauges).toMatchObject([{ channel: 'away' }, { channel: 'night' }]);
    expect(gauges[0]?.waitingSeconds).toBeGreaterThan(0);
    for (const [turn, tenant] of [
      ...([
        [open, 'shop'],
        [open, 'many-0'],
        [close, 'many-0'],
      ] as const),
      ...([
        [open, 'many-1'],
        [close, 'many-1'],
        [open, 'many-1'],
      ] as const),
    ]) {
      await turn(tenant);
      await round();
    }
    http.answers = 200;
    await allSent();
    const messages = at('/away');
    const bodies = messages.map((one) => json(one).data);
    const before = messages.length - 1;
    expect(bodies.slice(0, -1).map(({ groups }) => groups[0].state)).toEqual(Array(before).fill('on'));
    expect(new Set(messages.slice(0, -1).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const named = bodies
      .at(-1)
      .groups.map(({ state, named: all }: Group) => [state, all.map(({ tenant }) => tenant)]);
    // What began and was over meanwhile is told as over alone; many-0 is closed anew.
    expect(named).toEqual([
      ['on', ['many-0']],
      ['off', expect.arrayContaining(['shop', 'many-0', 'many-1', 'many-1'])],
    ]);
    const opened = new Set(at('/v2/enqueue').map((one) => json(one).dedup_key));
    expect(opened.size).toBe(2);
    expect(await listChannels(product.as('operator'))).toMatchObject([
      { failingSince: null, waiting: 0 },
      { failingSince: null, waiting: 0 },
    ]);
    await removeAll();
  });

  it('keeps the next channel of its name not waiting', async () => {
    http.received.length = 0;
    http.answers = 503;
    await add('again', 'webhook', { to: `${http.url}/before` }, { owner: 'Infra' });
    await requestTest(product.as('operator'), 'again');
    await round();
    // It is tried again after ten seconds.
    await until(async () => at('/before').length === 2);
    const before = product.client.workflow.getHandle(await workflowIdOf('again'));
    await removeAll();
    http.answers = 200;
    await add('again', 'webhook', { to: `${http.url}/again` }, { owner: 'Infra' });
    await requestTest(product.as('operator'), 'again');
    await round();
    await allSent();
    expect((await before.describe()).status.name).toBe('RUNNING');
    expect(at('/again')).toHaveLength(1);
    await before.result();
    expect([at('/again'), at('/before')]).toMatchObject([{ length: 1 }, { length: 2 }]);
    await removeAll();
  });

  it('is given up after days, and what comes later goes on', async () => {
    http.received.length = 0;
    await add('late', 'webhook', { to: `${http.url}/late` }, { tenant: 'nothing-but-the-test' }).catch(
      () => undefined,
    );
    await add('late', 'webhook', { to: `${http.url}/late` }, { owner: 'Infra' });
    const old = await requestTest(product.as('operator'), 'late');
    await product.sql(
      `UPDATE notification SET made_at_us = made_at_us - 4 * 86400000000::bigint WHERE id = $1`,
      [old],
    );
    const fresh = await requestTest(product.as('operator'), 'late');
    await round();
    await allSent();
    expect(at('/late').map(({ headers }) => headers['webhook-id'])).toEqual([fresh]);
    expect(await listChannels(product.as('operator'))).toMatchObject([{ givenUp: 1 }]);
    await removeAll();
  });
});
