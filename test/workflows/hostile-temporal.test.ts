import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import Long from 'long';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { itemIdOf } from '../../src/domain/identity.ts';
import { seconds } from '../../src/domain/time.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { until } from '../support/until.ts';

/** Somebody who reaches Temporal, knows every id and history, and has no key. */
let hostile: Client;
let product: Product;
let before: unknown;

const at = seconds(1_780_000_000);
const year9999 = 253_370_764_800_000_000n;

beforeAll(async () => {
  product = await testProduct();
  hostile = product.client;
  await openTenant(product.database, 'shop', ['acme']);
  await product.database.tenant.create({ data: { id: 'closed' } });
  await product.database.supplier.create({ data: { tenantId: 'closed', id: 'acme' } });
  await product.startWorker({ leaseSeconds: 2 });
  await record(product.database, 'shop', 'acme', [
    { eventId: 'good', sku: 'CHAIR-01', quantity: 7, updatedAt: at },
    { eventId: 'late', sku: 'CHAIR-01', quantity: 5, updatedAt: at - 1n },
    { eventId: 'malformed', sku: '=CHAIR', quantity: 1, updatedAt: at + 5n },
    { eventId: 'drifting', sku: 'CHAIR-01', quantity: 0, updatedAt: year9999 },
  ]);
  await settled(product.database);
});
afterAll(() => product?.close());
beforeEach(async () => {
  before = await everything();
});

/** All that a storefront, an owner or an auditor would see. */
async function everything(): Promise<unknown> {
  const { database } = product;
  const order = { orderBy: { id: 'asc' as const } };
  return {
    items: await database.catalogItem.findMany({ orderBy: { itemId: 'asc' } }),
    versions: await database.catalogItemVersion.findMany({
      orderBy: [{ itemId: 'asc' }, { version: 'asc' }],
    }),
    attempts: await database.publishAttempt.findMany(order),
    tenants: await database.tenant.findMany(order),
    suppliers: await database.supplier.findMany({ orderBy: [{ tenantId: 'asc' }, { id: 'asc' }] }),
    audit: await database.auditEntry.findMany(order),
    decisions: await product.sql(
      'SELECT seq, decision, rule, item_id, failure_mode, failure_detail, start_due_us FROM supplier_event ORDER BY seq',
    ),
  };
}

async function inputOf(eventId: string, tenant = 'shop'): Promise<Record<string, unknown>> {
  const history = await hostile.workflow.getHandle(`sync:${tenant}:acme:${eventId}`).fetchHistory();
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return JSON.parse(Buffer.from(payload?.data ?? '').toString()) as Record<string, unknown>;
}

async function run(input: unknown, workflowId: string): Promise<string> {
  const handle = await hostile.workflow.start('syncSupplierEvent', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
  return handle.result().then(
    (result) => JSON.stringify(result),
    (error: { cause?: { type?: string } }) => error.cause?.type ?? JSON.stringify(error),
  );
}

describe('whoever reaches Temporal, and has no key,', () => {
  it('finds inputs that can be read', async () => {
    expect(await inputOf('good')).toMatchObject({ sku: 'CHAIR-01', quantity: 7, seal: expect.any(String) });
  });

  it.each<[string, string, (input: Record<string, unknown>) => Record<string, unknown>]>([
    [
      'a rejected event with another SKU and rule',
      'malformed',
      (input) => ({ ...input, sku: 'CHAIR-01', skuPattern: '.*' }),
    ],
    ['a rejected event with no rule', 'malformed', (input) => ({ ...input, skuPattern: '(?s).*' })],
    [
      'an event of the year 9999 with a huge tolerance',
      'drifting',
      (input) => ({ ...input, clockToleranceSeconds: 2_000_000_000 }),
    ],
    ['another quantity', 'good', (input) => ({ ...input, quantity: 999 })],
    ['another tenant', 'good', (input) => ({ ...input, tenant: 'closed' })],
    ['the row of another event', 'late', (input) => ({ ...input, seq: '1' })],
    ['a replay that there is not', 'late', (input) => ({ ...input, replayId: 'mine' })],
    ['no seal', 'late', (input) => ({ ...input, seal: undefined })],
    ['a seal of another form', 'late', (input) => ({ ...input, seal: { toString: 'x' } })],
  ])('changes nothing by starting %s', async (_what, eventId, change) => {
    const id = `sync:shop:acme:${eventId}`;
    expect(await run(change(await inputOf(eventId)), id)).toBe('unsealed_input');
    expect(await run(change(await inputOf(eventId)), `mine:${eventId}`)).toBe('unsealed_input');
    expect(await everything()).toEqual(before);
  });

  it.each(['good', 'late', 'malformed', 'drifting'])(
    'changes nothing by starting %s again with the very input of before, in its place or in another',
    async (eventId) => {
      await run(await inputOf(eventId), `sync:shop:acme:${eventId}`);
      expect(await run(await inputOf(eventId), 'sync:shop:acme:another')).toBe('unsealed_input');
      expect(await everything()).toEqual(before);
    },
  );

  it.each([undefined, null, 'text', 7, [], {}])('changes nothing by an input that is %j', async (input) => {
    expect(await run(input, 'sync:shop:acme:nonsense')).not.toContain('"outcome"');
    expect(await everything()).toEqual(before);
  });

  it('keeps no event from being decided by taking its id first', async () => {
    await hostile.workflow.start('syncSupplierEvent', {
      workflowId: 'sync:shop:acme:taken',
      taskQueue: TASK_QUEUE,
      args: [{ seq: '1', sku: 'TAKEN' }],
    });
    await hostile.workflow.start('syncSupplierEvent', {
      workflowId: 'sync:shop:acme:waiting',
      taskQueue: 'nobody-is-there',
      args: [{}],
    });
    await record(product.database, 'shop', 'acme', [
      { eventId: 'taken', sku: 'TAKEN', quantity: 3, updatedAt: at },
      { eventId: 'waiting', sku: 'WAITING', quantity: 4, updatedAt: at },
    ]);
    const decided = (sku: string) =>
      product.database.catalogItem.findUnique({ where: { itemId: itemIdOf('shop', normalizeSku(sku)) } });
    const both = async () => [(await decided('TAKEN'))?.quantity, (await decided('WAITING'))?.quantity];
    await until(async () => (await both()).every((quantity) => quantity !== undefined), 60_000);
    expect(await both()).toEqual([3, 4]);
    await settled(product.database);
  });

  it('gets from our workers, as one that answers tasks, nothing but what the ledger shows to be so', async () => {
    await record(product.database, 'closed', 'acme', [
      { eventId: 'held', sku: 'HELD', quantity: 8, updatedAt: at },
    ]);
    await until(
      async () => (await product.database.supplierEvent.count({ where: { heldAtUs: { not: null } } })) === 1,
    );
    before = await everything();
    const queue = { name: 'rogue' };
    for (const [tenant, eventId] of [
      ['shop', 'good'],
      ['shop', 'malformed'],
      ['closed', 'held'],
    ] as const) {
      const workflowId = `sync:${tenant}:acme:${eventId}`;
      const event = await inputOf(eventId, tenant);
      await hostile.workflow.start('syncSupplierEvent', {
        workflowId,
        taskQueue: queue.name,
        args: [event],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
      const { namespace } = hostile.options;
      const { taskToken } = await hostile.workflowService.pollWorkflowTaskQueue({
        namespace,
        taskQueue: queue,
      });
      const failure = { event, detail: 'because', proof: 'x' };
      const asked: [string, unknown][] = [
        ['saveCatalogItem', event],
        ['resyncCatalogItem', event],
        ['publishCatalogItem', { event, version: 1 }],
        ['publishCatalogItem', { event, version: 99 }],
        ['recordEventFailure', { ...failure, failureMode: 'malformed_sku' }],
        ['recordEventFailure', { ...failure, failureMode: 'storefront_unreachable' }],
        ['recordEventFailure', { ...failure, failureMode: 'transaction_timeout' }],
        ['recordEventFailure', { ...failure, failureMode: 'publish_rejected' }],
        ['recordEventFailure', { event: { ...event, seq: '1' }, failureMode: 'malformed_sku', detail: '' }],
      ];
      await hostile.workflowService.respondWorkflowTaskCompleted({
        namespace,
        taskToken,
        commands: asked.map(([name, input], no) => ({
          // SCHEDULE_ACTIVITY_TASK
          commandType: 1,
          scheduleActivityTaskCommandAttributes: {
            activityId: String(no),
            activityType: { name },
            taskQueue: { name: TASK_QUEUE },
            input: { payloads: [defaultPayloadConverter.toPayload(input)] },
            startToCloseTimeout: { seconds: Long.fromNumber(10) },
            scheduleToCloseTimeout: { seconds: Long.fromNumber(15) },
            retryPolicy: { maximumAttempts: 1 },
          },
        })),
      });
      const handle = hostile.workflow.getHandle(workflowId);
      await until(async () => {
        const { events = [] } = await handle.fetchHistory();
        const ends = (events ?? []).filter(
          (one) =>
            one.activityTaskCompletedEventAttributes ??
            one.activityTaskFailedEventAttributes ??
            one.activityTaskTimedOutEventAttributes,
        );
        return ends.length === asked.length;
      });
      // Nothing that a worker of ours would take for the word of another one.
      const { events = [] } = await handle.fetchHistory();
      for (const { activityTaskFailedEventAttributes: failed } of events ?? [])
        expect(failed?.failure?.applicationFailureInfo?.details?.payloads ?? []).toEqual([]);
      await handle.terminate('the end of the test');
    }
    expect(await everything()).toEqual(before);

    // Genuine in all, but for years it does nothing.
    await hostile.workflow.start('syncSupplierEvent', {
      workflowId: 'sync:closed:acme:held',
      taskQueue: TASK_QUEUE,
      args: [await inputOf('held', 'closed')],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      startDelay: '10 years',
    });

    // What it delays is decided in the end.
    await product.database.supplier.updateMany({ data: { state: 'open' } });
    await product.database.tenant.updateMany({ data: { state: 'open' } });
    await until(
      async () =>
        (await product.database.catalogItem.findUnique({ where: { itemId: 'closed:HELD' } }))?.quantity === 8,
      100_000,
    );
    await settled(product.database);
    await product.database.supplier.updateMany({ where: { tenantId: 'closed' }, data: { state: 'closed' } });
    await product.database.tenant.updateMany({ where: { id: 'closed' }, data: { state: 'closed' } });
  });

  it.each(['openCanary', 'widenSupplier', 'approveTrace'])(
    'moves no gate by %s, whoever he says that he is',
    async (name) => {
      const invented = {
        ...{ requestId: 'mine', tenant: 'closed', actor: 'console ada', reason: 'because' },
        ...{
          expiresAt: '2999-01-01T00:00:00.000000Z',
          suppliers: ['acme'],
          supplier: 'acme',
          eventId: 'good',
        },
        explanation: 'it is newer',
      };
      const gate = await hostile.workflow.start('launchGate', {
        workflowId: 'gate:closed',
        taskQueue: TASK_QUEUE,
        args: [{ tenant: 'closed' }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      const refused: unknown = await gate
        .executeUpdate(name, { args: [invented] })
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Error);
      expect(await everything()).toEqual(before);
    },
  );
});
