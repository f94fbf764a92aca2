import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { setTenantState, withTenantLock } from '../../src/flags/set-state.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { httpReceiver, mailReceiver, type HttpReceiver, type MailReceiver } from '../notify/receivers.ts';
import { runCli } from '../support/faults/cli.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { until } from '../support/until.ts';

const TENANT = 'told';
const KEY = 'routingkeyofpagerduty0000000000a';
/** Temporal misses a killed worker's try after half a minute. */
const NOTICED_MS = 150_000;

let product: FaultProduct;
let receiver: HttpReceiver;
let mail: MailReceiver;

beforeAll(async () => {
  product = await faultProduct();
  receiver = await httpReceiver();
  mail = await mailReceiver({ user: 'sync', password: 'right' });
  await product.openTenant(TENANT);
});
afterAll(async () => {
  await product?.close();
  await receiver?.close();
  await mail?.close();
});

let rounds = 0;
const round = (): Promise<void> =>
  product.client.workflow.execute('tellPeople', {
    workflowId: `round-${(rounds += 1)}`,
    taskQueue: TASK_QUEUE,
  });
const due = async (): Promise<number> => product.database.notification.count({ where: { state: 'due' } });
const at = (where: string) => receiver.received.filter((one) => one.path === `/${where}`);
const bodies = (where: string, from = 0) =>
  at(where)
    .slice(from)
    .map(({ body }) => body.toString('utf8'));

async function add(name: string, ...args: string[]): Promise<Record<string, unknown> | undefined> {
  const command = runCli(product, ['notify', 'add', name, ...args]);
  expect(await command.ended).toBe(0);
  return command.values[0];
}

it('what a worker was killed over is sent by the next one, by the same id, and nothing else is', async () => {
  onTestFailed(() => say(product.lastWords()));
  const folder = await mkdtemp(path.join(tmpdir(), 'catalog-sync-notify-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const smtp = path.join(folder, 'smtp.txt');
  await writeFile(smtp, `smtp://sync:right@127.0.0.1:${mail.port}?tls=no\n`);
  const desk = await add('desk', '--kind', 'webhook', '--to', `${receiver.url}/desk`);
  const secret = parseSecret(String(desk?.['secret']));
  await add('chat', '--kind', 'slack', '--to', `${receiver.url}/chat`);
  await add('night', '--kind', 'pagerduty', '--to', KEY, '--url', `${receiver.url}/night`);
  const mailed = ['--to', 'ops@example.com', '--smtp', smtp, '--from', 'sync@example.com'];
  await add('mail', '--kind', 'email', ...mailed);

  receiver.answers = 0;
  mail.hangs = true;
  await rollBack(product.database, { tenant: TENANT, actor: 'ada', reason: 'wrong prices' });
  await round();
  await until(
    async () => mail.unanswered > 0 && ['desk', 'chat', 'night'].every((one) => at(one).length > 0),
  );
  await product.parts.worker.kill();
  expect(await due()).toBe(4);
  receiver.answers = 200;
  mail.hangs = false;
  await product.parts.worker.start();
  await until(async () => (await due()) === 0, NOTICED_MS);

  // Each again, as it was, after the first that nobody knows the end of.
  for (const where of ['desk', 'chat', 'night']) {
    expect(at(where).length).toBeGreaterThan(1);
    expect(new Set(bodies(where)).size).toBe(1);
  }
  expect(new Set(at('desk').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  for (const { headers, body } of at('desk')) {
    const nowSeconds = Math.floor(Date.now() / 1000);
    expect(verifyMessage({ headers, body, secrets: [secret], nowSeconds })).toEqual({ ok: true });
  }
  expect(mail.mails).toMatchObject([
    {
      user: 'sync',
      to: ['ops@example.com'],
      text: expect.stringContaining('ROLLED BACK (page, for Platform)'),
    },
  ]);
  const before = { desk: at('desk').length, chat: at('chat').length, night: at('night').length };
  await round();
  expect(receiver.received).toHaveLength(before.desk + before.chat + before.night);

  await withTenantLock(product.database, TENANT, (transaction) =>
    setTenantState(transaction, { tenant: TENANT, state: 'open', actor: 'ada' }),
  );
  await round();
  await until(async () => (await due()) === 0);
  const told = [
    ...bodies('desk', before.desk),
    ...bodies('chat', before.chat),
    ...mail.mails.slice(1).map(({ text }) => text),
  ];
  expect(told.map((text) => text.includes('OVER: Open again after a rollback'))).toEqual([true, true, true]);
  const { dedup_key } = JSON.parse(bodies('night')[0] ?? '') as { dedup_key: string };
  expect(bodies('night', before.night).map((text) => JSON.parse(text))).toEqual([
    { routing_key: KEY, event_action: 'resolve', dedup_key },
  ]);

  const list = runCli(product, ['notify', 'list']);
  expect(await list.ended).toBe(0);
  const well = { waiting: 0, failingSince: null, unwatched: false };
  expect(list.values).toMatchObject([['chat', 'desk', 'mail', 'night'].map((name) => ({ name, ...well }))]);

  const tested = runCli(product, ['notify', 'test', 'desk']);
  await until(async () => (await due()) === 1);
  await round();
  expect(await tested.ended).toBe(0);
  expect(tested.values).toMatchObject([{ channel: 'desk', sent: true }]);
  const gone = runCli(product, ['notify', 'remove', 'desk']);
  expect(await gone.ended).toBe(0);
  expect(await product.database.notification.count({ where: { channel: 'desk' } })).toBe(0);
});
