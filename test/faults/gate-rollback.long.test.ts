import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { mustParseTime } from '../../src/domain/time.ts';
import type { OpenedCanary } from '../../src/domain/gate-command.ts';
import type { RolledBack } from '../../src/gate/roll-back.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { confirmAll } from '../gate/launch.ts';
import { runCli } from '../support/faults/cli.ts';
import { faultFeed, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, SUPPLIERS, type FaultProduct } from '../support/faults/product.ts';
import { untilStanding } from '../support/faults/settle.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const EVENTS = 200;
const SETTLE_MS = 150_000;

let product: FaultProduct;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED}`);
  product = await faultProduct();
});
afterAll(() => product?.close());

async function cli<T>(...args: string[]): Promise<T> {
  const command = runCli(product, args);
  const code = await command.ended;
  expect([code, code === 0 ? '' : command.stderr()]).toEqual([0, '']);
  return command.values[0] as T;
}

it.each([
  { tenant: 'running', kill: false, with: 'everything running' },
  { tenant: 'killed', kill: true, with: 'Temporal killed' },
])('no attempt begins after a rollback with $with, and nothing is lost', async ({ tenant, kill }) => {
  onTestFailed(() => say(product.lastWords()));
  const random = createRandom(SEED);
  const secrets = await product.openTenant(tenant);
  await confirmAll(product.database, tenant);
  const events = faultFeed(random, { tenant, count: EVENTS, skus: 60 });
  const [first, second] = [events.slice(0, EVENTS / 2), events.slice(EVENTS / 2)];
  const heard = () =>
    product.storefront.requests.after(0).filter(({ itemId }) => itemId?.startsWith(`${tenant}:`));

  // Slow enough that calls are under way at any moment.
  product.storefront.control.delayMs = 2_500;
  const sent = sendFaultFeed(product, { tenant, secrets, events: first, random });
  await until(async () => heard().length >= 10);
  if (kill) await product.parts.temporal.kill();
  const back = await cli<RolledBack>('gate', 'rollback', '--tenant', tenant, '--reason', 'wrong prices');
  say(`rolled back with ${back.sending.length} calls under way`);
  expect(back).toMatchObject({ before: 'open', after: 'closed' });
  const sending = await sent;
  await sendFaultFeed(product, { tenant, secrets, events: second, random, sending });
  if (kill) await product.parts.temporal.start();
  product.storefront.control.delayMs = 0;
  await untilStanding(product, tenant, ({ undecided, due }) => undecided + due === 0, {
    what: 'all events decided or held',
    withinMs: SETTLE_MS,
  });

  const committedAt = mustParseTime(back.committedAt);
  expect(
    await product.database.publishAttempt.count({
      where: { event: { tenantId: tenant }, startedAtUs: { gt: committedAt } },
    }),
  ).toBe(0);
  const listed = new Set(back.sending.map(({ itemId, version }) => `${itemId} ${version}`));
  const late = heard().filter(({ receivedAt }) => Date.parse(receivedAt) > Number(committedAt / 1000n));
  expect(late.map(({ itemId, version }) => `${itemId} ${version}`).filter((one) => !listed.has(one))).toEqual(
    [],
  );

  const opened = await cli<OpenedCanary>(
    ...['gate', 'open', '--tenant', tenant, '--reason', 'prices are right'],
    ...SUPPLIERS.flatMap((supplier) => ['--supplier', supplier]),
  );
  expect(opened).toMatchObject({ state: 'canary', closed: [] });
  await untilStanding(product, tenant, ({ held, due, undecided }) => held + due + undecided === 0, {
    what: 'all held events decided',
    withinMs: SETTLE_MS,
  });
  expect(sending.acknowledged).toHaveLength(EVENTS);
  expect(await findWrong(product, tenant, sending.acknowledged)).toEqual([]);
});
