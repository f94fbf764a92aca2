import { defaultPayloadConverter } from '@temporalio/common';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { createSeal } from '../../src/access/secrets/seal.ts';
import { openDatabase } from '../../src/database/client.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { createLogger, temporalLogger, type Level } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { runWorker } from '../../src/worker/run-worker.ts';
import { faultFeed, sendFaultFeed } from '../support/faults/feed.ts';
import { NEXT_SUMMARY, nextBundle } from '../support/faults/next-bundle.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { untilAllWait, workflowIdsOf } from '../support/faults/waiting.ts';

const SEED = Number(process.env.FAULT_SEED ?? 1);
const WAIT_MS = 120_000;
const TENANT = 'upgrade';

let product: FaultProduct;
const endings: (() => unknown)[] = [];

beforeAll(async () => {
  product = await faultProduct();
});
afterAll(async () => {
  for (let end = endings.pop(); end; end = endings.pop()) await end();
  await product?.close();
});

/** A worker of the next release, in this process. */
async function startNextWorker(workflowBundle: string): Promise<void> {
  const log = createLogger({ level: (process.env.LOG_LEVEL ?? 'silent') as Level, name: 'next worker' });
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [] });
  const database = openDatabase(product.databaseUrls.worker, { role: 'worker' });
  endings.push(() => database.$disconnect());
  const metrics = createMetrics();
  endings.push(() => metrics.close());
  const connection = await NativeConnection.connect({ address: product.temporalAddress });
  endings.push(() => connection.close());
  const worker = await runWorker({
    connection,
    namespace: 'default',
    databaseUrl: product.databaseUrls.worker,
    dependencies: {
      database,
      metrics,
      log,
      seal: createSeal(product.secretsKeys, 'workflow inputs'),
      openSecret: () => product.storefrontSecret,
      defaultStorefront: { url: product.storefrontUrl, secret: product.storefrontSecret },
    },
    workflowBundle,
  });
  endings.push(() => worker.stop());
  say('the worker of the next release runs');
}

const historyOf = async (workflowId: string) =>
  (await product.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];

it('takes over publishes that wait from the worker before it, and each is made once', async () => {
  onTestFailed(() => say(product.lastWords()));
  const random = createRandom(SEED);
  const secrets = await product.openTenant(TENANT);
  const events = faultFeed(random, { tenant: TENANT, count: 60, skus: 60, orderly: true });
  const [before, after] = [events.slice(0, 40), events.slice(40)];
  const bundle = await nextBundle();
  endings.push(bundle.remove);

  product.storefront.control.failStatus = 503;
  const sent = await sendFaultFeed(product, { tenant: TENANT, secrets, events: before, random });
  await untilAllWait(product, before, /HTTP 503/, WAIT_MS);
  expect(await product.parts.worker.stop()).toBe('exit code 0');

  await startNextWorker(bundle.file);
  await sendFaultFeed(product, { tenant: TENANT, secrets, events: after, random, sending: sent });
  await untilAllWait(product, events, /HTTP 503/, WAIT_MS);
  say(`${events.length} publishes wait, ${before.length} of them since the worker before`);
  product.storefront.control.failStatus = null;
  await untilSettled(product, TENANT, WAIT_MS);

  expect(await findWrong(product, TENANT, sent.acknowledged)).toEqual([]);
  const accepted = product.storefront.requests.after(0).filter(({ answer }) => answer === 'accepted');
  expect(accepted).toHaveLength(events.length);

  const old = new Set(await workflowIdsOf(product, before));
  for (const workflowId of await workflowIdsOf(product, events)) {
    expect(await product.client.workflow.getHandle(workflowId).result()).toMatchObject({
      outcome: 'won',
      publication: 'accepted',
    });
    const history = await historyOf(workflowId);
    expect(history.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
    const lastTask = history.findLast((event) => event.workflowTaskCompletedEventAttributes);
    expect(lastTask?.workflowTaskCompletedEventAttributes?.identity).toContain(`:${process.pid}:`);
    const scheduled = history.find((event) => event.activityTaskScheduledEventAttributes);
    const summary = scheduled?.userMetadata?.summary;
    expect(summary && defaultPayloadConverter.fromPayload(summary)).toMatch(
      new RegExp(`^${old.has(workflowId) ? 'tell the storefront' : NEXT_SUMMARY}: ${TENANT}:SKU-`),
    );
  }
});
