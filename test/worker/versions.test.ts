import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { gateWorkflowId } from '../../src/domain/identity.ts';
import { seconds } from '../../src/domain/time.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { giveCommand } from '../../src/gate/give-command.ts';
import { readRouting } from '../../src/temporal/read-routing.ts';
import { passedOverWarning } from '../../src/worker/passed-over-warning.ts';
import { closedTenant, confirmAll } from '../gate/launch.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const deploymentName = 'catalog-sync';
const CANARY = 'canary';
const WITHIN_MS = 30_000;
const at = seconds(1_780_000_000);
const NO_ROUTE = { current: undefined, ramping: undefined };

let product: Product;
let cli: string;

beforeAll(async () => {
  product = await testProduct();
  cli = (await findTemporalCli({ cacheDir: cacheDir(), log: () => undefined })).command;
  await openTenant(product.database, 'shop', ['acme']);
  await closedTenant(product.database, CANARY, ['acme']);
  await confirmAll(product.database, CANARY);
});
afterAll(() => product?.close());

/** As docs/releases.md has it. It is refused until workers of that build poll both task queues. */
async function makeCurrent(build: string | undefined): Promise<void> {
  const which = build === undefined ? ['--unversioned'] : ['--build-id', build];
  const command = ['worker', 'deployment', 'set-current-version', '--deployment-name', deploymentName];
  await until(async () => temporal(...command, ...which, '--yes').then(Boolean, () => false), WITHIN_MS);
}

async function temporal(...args: string[]): Promise<string> {
  const { namespace } = product.client.options;
  const { stdout } = await run(cli, [
    ...args,
    ...['--address', inject('temporalAddress'), '--namespace', namespace, '--output', 'json'],
  ]);
  return stdout || 'done';
}

const startBuild = (buildId: string | undefined) =>
  product.startWorker({
    leaseSeconds: 5,
    gate: { sampleSeconds: 0.1, businessDaySeconds: 3600 },
    version: buildId === undefined ? undefined : { deploymentName, buildId },
  });

const routing = () =>
  readRouting(product.client.connection as never, product.client.options.namespace, deploymentName);

/** The build that has carried on the gate's newest run, and to which it is pinned. */
async function buildOfGate(): Promise<string | undefined> {
  const { raw, runId } = await product.client.workflow.getHandle(gateWorkflowId(CANARY)).describe();
  const { events = [] } = await product.client.workflow
    .getHandle(gateWorkflowId(CANARY), runId)
    .fetchHistory();
  const sampled = events?.some((event) => event.activityTaskCompletedEventAttributes);
  const pinned = raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  return sampled ? (pinned ?? 'none') : undefined;
}

const gateIsAt = (build: string) => until(async () => (await buildOfGate()) === build, WITHIN_MS);

let sent = 0;
const sendEvents = async (count: number): Promise<void> => {
  const events = Array.from({ length: count }, () => {
    sent += 1;
    return { eventId: `e-${sent}`, sku: `SKU-${sent}`, quantity: sent, updatedAt: at };
  });
  await record(product.database, 'shop', 'acme', events);
};
const decided = () => product.database.supplierEvent.count({ where: { decision: 'won' } });
const done = () =>
  until(
    async () => (await product.database.supplierEvent.count({ where: { startDueUs: null } })) === sent,
    WITHIN_MS,
  );

describe('builds of the worker', () => {
  it('begin nothing of what others start until one is made current; what they start themselves they decide', async () => {
    const one = await startBuild('one');
    await sendEvents(3);
    await until(async () => (await decided()) === 3, WITHIN_MS);
    expect(await routing()).toEqual(NO_ROUTE);
    await makeCurrent('one');
    expect(await routing()).toEqual({ current: 'one', ramping: undefined });
    await giveCommand(product, 'openCanary', {
      tenant: CANARY,
      actor: 'ada',
      reason: 'release',
      suppliers: ['acme'],
    });
    await gateIsAt('one');
    await one.stop();
  });

  it('take over from one another, with publishes that wait: each is made once, and the gate moves on in a new run', async () => {
    const one = await startBuild('one');
    product.storefront.control.failStatus = 503;
    await sendEvents(5);
    await until(async () => (await decided()) === sent, WITHIN_MS);
    const two = await startBuild('two');
    await sendEvents(5);
    await until(async () => (await decided()) === sent, WITHIN_MS);
    expect(await buildOfGate()).toBe('one');
    await makeCurrent('two');
    product.storefront.control.failStatus = null;
    await gateIsAt('two');
    await one.stop();
    await done();
    const accepted = product.storefront.requests.after(0).filter(({ answer }) => answer === 'accepted');
    expect(accepted).toHaveLength(sent);
    await two.stop();
  });

  it('that are gone leave what is pinned to them waiting, until it is let go by a command', async () => {
    expect(await buildOfGate()).toBe('two');
    const one = await startBuild('one');
    await makeCurrent('one');
    const { runId } = await product.client.workflow.getHandle(gateWorkflowId(CANARY)).describe();
    await sendEvents(2);
    await done();
    // Others go on; the gate has nobody.
    expect((await product.client.workflow.getHandle(gateWorkflowId(CANARY)).describe()).runId).toBe(runId);
    await temporal(
      ...['workflow', 'update-options', '--workflow-id', gateWorkflowId(CANARY)],
      ...['--versioning-override-behavior', 'auto_upgrade'],
    );
    const gate = product.client.workflow.getHandle(gateWorkflowId(CANARY), runId);
    const before = (await gate.fetchHistory()).events?.length ?? 0;
    await until(async () => ((await gate.fetchHistory()).events?.length ?? 0) > before + 3, WITHIN_MS);
    await one.stop();
  });

  it('give way to workers without a build id', async () => {
    const plain = await startBuild(undefined);
    await makeCurrent(undefined);
    await gateIsAt('none');
    await sendEvents(2);
    await done();
    expect(await routing()).toEqual(NO_ROUTE);
    await plain.stop();
  });
});

describe('a worker that Temporal passes over', () => {
  it.each([
    [NO_ROUTE, undefined, undefined],
    [{ current: 'two', ramping: undefined }, 'two', undefined],
    [{ current: 'one', ramping: 'two' }, 'two', undefined],
    [NO_ROUTE, 'two', /to workers without a build id, .* --deployment-name catalog-sync --build-id two`/],
    [{ current: 'one', ramping: undefined }, 'two', /to build one, .* --build-id two`/],
    [{ current: 'one', ramping: undefined }, undefined, /to build one alone, .* --unversioned`/],
  ])('%j, and it is %s: its log says %s', (found, buildId, says) => {
    const warning = passedOverWarning(found, { deploymentName, buildId });
    if (says) expect(warning).toMatch(says);
    else expect(warning).toBeUndefined();
  });
});
