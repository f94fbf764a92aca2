import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { normalizeSku } from '../../src/domain/normalize.ts';
import { itemIdOf } from '../../src/domain/identity.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import type { Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { at, hostileWorld, type HostileWorld } from './hostile-world.ts';
import { askWorkers } from './rogue.ts';

let world: HostileWorld;
let product: Product;
let hostile: Client;
let before: unknown;
const { everything, inputOf, run }: Pick<HostileWorld, 'everything' | 'inputOf' | 'run'> = {
  everything: () => world.everything(),
  inputOf: (...args) => world.inputOf(...args),
  run: (...args) => world.run(...args),
};

beforeAll(async () => {
  world = await hostileWorld();
  ({ product, hostile } = world);
});
afterAll(() => product?.close());
beforeEach(async () => {
  before = await everything();
});

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
    for (const [tenant, eventId] of [
      ['shop', 'good'],
      ['shop', 'malformed'],
      ['closed', 'held'],
    ] as const) {
      const workflowId = `sync:${tenant}:acme:${eventId}`;
      const event = await inputOf(eventId, tenant);
      const failure = { event, detail: 'because', proof: 'x' };
      const asked = [
        ['saveCatalogItem', event],
        ['resyncCatalogItem', event],
        ['publishCatalogItem', { event, version: 1 }],
        ['publishCatalogItem', { event, version: 99 }],
        ['recordEventFailure', { ...failure, failureMode: 'malformed_sku' }],
        ['recordEventFailure', { ...failure, failureMode: 'storefront_unreachable' }],
        ['recordEventFailure', { ...failure, failureMode: 'transaction_timeout' }],
        ['recordEventFailure', { ...failure, failureMode: 'publish_rejected' }],
        ['recordEventFailure', { ...failure, failureMode: 'constructor' }],
        ['recordEventFailure', { event: { ...event, seq: '1' }, failureMode: 'malformed_sku', detail: '' }],
      ] as const;
      // Nothing that a worker of ours would take for the word of another one.
      for (const { details } of await askWorkers(hostile, { workflowId, input: event }, asked))
        expect(details).toEqual([]);
      // The very input of before is good for one type of workflow only.
      const another = { workflowId, type: 'launchGate', input: event };
      for (const { failure: type } of await askWorkers(hostile, another, asked))
        expect(type).toBe('unsealed_input');
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
});
