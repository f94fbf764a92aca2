import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { setTenantState, withTenantLock } from '../../src/flags/set-state.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { httpReceiver, type HttpReceiver } from '../notify/receivers.ts';
import { runCli } from '../support/faults/cli.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { until } from '../support/until.ts';

const TENANT = 'told';
/** Temporal misses a killed worker's try after half a minute. */
const NOTICED_MS = 150_000;

let product: FaultProduct;
let receiver: HttpReceiver;

beforeAll(async () => {
  product = await faultProduct();
  receiver = await httpReceiver();
  await product.openTenant(TENANT);
});
afterAll(async () => {
  await product?.close();
  await receiver?.close();
});

let rounds = 0;
const round = (): Promise<void> =>
  product.client.workflow.execute('tellPeople', {
    workflowId: `round-${(rounds += 1)}`,
    taskQueue: TASK_QUEUE,
  });
const due = async (): Promise<number> => product.database.notification.count({ where: { state: 'due' } });
const statesOf = (from: number): string[] =>
  receiver.received
    .slice(from)
    .map(({ body }) => (JSON.parse(body.toString('utf8')) as { data: { groups: { state: string }[] } }).data)
    .flatMap(({ groups }) => groups.map(({ state }) => state));

it('what a worker was killed over is sent by the next one, by the same id, and nothing else is', async () => {
  onTestFailed(() => say(product.lastWords()));
  const add = runCli(product, ['notify', 'add', 'desk', '--kind', 'webhook', '--to', receiver.url]);
  expect(await add.ended).toBe(0);
  const secret = parseSecret(String(add.values[0]?.['secret']));

  receiver.answers = 0;
  await rollBack(product.database, { tenant: TENANT, actor: 'ada', reason: 'wrong prices' });
  await round();
  await until(async () => receiver.received.length > 0);
  await product.parts.worker.kill();
  expect(await due()).toBe(1);
  receiver.answers = 200;
  await product.parts.worker.start();
  await until(async () => (await due()) === 0, NOTICED_MS);

  const before = receiver.received.length;
  expect(before).toBeGreaterThan(1);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(receiver.received.map(({ body }) => body.toString('utf8'))).size).toBe(1);
  for (const { headers, body } of receiver.received) {
    const nowSeconds = Math.floor(Date.now() / 1000);
    expect(verifyMessage({ headers, body, secrets: [secret], nowSeconds })).toEqual({ ok: true });
  }
  await round();
  expect(receiver.received).toHaveLength(before);

  await withTenantLock(product.database, TENANT, (transaction) =>
    setTenantState(transaction, { tenant: TENANT, state: 'open', actor: 'ada' }),
  );
  await round();
  await until(async () => (await due()) === 0);
  expect(statesOf(before).filter((state) => state === 'off')).toEqual(['off']);

  const list = runCli(product, ['notify', 'list']);
  expect(await list.ended).toBe(0);
  expect(list.values).toMatchObject([[{ name: 'desk', waiting: 0, failingSince: null }]]);

  const tested = runCli(product, ['notify', 'test', 'desk']);
  await until(async () => (await due()) === 1);
  await round();
  expect(await tested.ended).toBe(0);
  expect(tested.values).toMatchObject([{ channel: 'desk', sent: true }]);
  const gone = runCli(product, ['notify', 'remove', 'desk']);
  expect(await gone.ended).toBe(0);
  expect(await product.database.notification.count()).toBe(0);
});
