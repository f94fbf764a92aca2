import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, settled, startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { at, hostileWorld, startedWith, type HostileWorld } from './hostile-world.ts';
import { askWorkers } from './rogue.ts';

const TWO_DAYS = 172_800_000_000n;
let world: HostileWorld;
let product: Product;
let hostile: Client;

beforeAll(async () => {
  world = await hostileWorld();
  ({ product, hostile } = world);
});
afterAll(() => product?.close());

/** A held event of a closed supplier of its own, and what its workflow was started with. */
async function heldEvent(supplier: string, sku: string) {
  const { database } = product;
  await database.supplier.create({ data: { tenantId: 'shop', id: supplier } });
  await record(database, 'shop', supplier, [{ eventId: 'held', sku, quantity: 2, updatedAt: at + 5n }]);
  const row = () => database.supplierEvent.findFirstOrThrow({ where: { supplierId: supplier } });
  await until(async () => (await row()).heldAtUs !== null);
  return {
    row,
    workflowId: `sync:shop:${supplier}:held`,
    input: await world.inputOf('held', 'shop', supplier),
    /** It goes on. */
    decided: async () => {
      await database.supplier.updateMany({ where: { id: supplier }, data: { state: 'open' } });
      await product.sql('UPDATE supplier_event SET start_due_us = now_us() WHERE start_due_us IS NOT NULL');
      await until(async () => (await row()).decision !== null);
      await settled(database);
      return row();
    },
  };
}

const failures = (event: unknown, modes: readonly string[]) =>
  modes.map((failureMode) => ['recordEventFailure', { event, failureMode, detail: 'mine' }] as const);
const ENDS = ['transaction_timeout', 'storefront_unreachable', 'publish_rejected'];

describe('whoever reaches Temporal, and has sealed inputs of before,', () => {
  it('loses no undecided event by telling a version of its item that another one made', async () => {
    const { database, storefront } = product;
    storefront.control.failStatus = 503;
    await record(database, 'shop', 'acme', [{ eventId: 'lamp', sku: 'LAMP', quantity: 3, updatedAt: at }]);
    await until(async () => (await database.publishAttempt.count({ where: { itemId: 'shop:LAMP' } })) > 0);
    await hostile.workflow.getHandle('sync:shop:acme:lamp').terminate('mine');
    await until(async () => (await database.publishAttempt.count({ where: { status: 'sending' } })) === 0);
    await product.sql("UPDATE supplier_event SET start_due_us = now_us() + 30000000 WHERE event_id = 'lamp'");
    storefront.control.failStatus = null;
    const { workflowId, input, decided } = await heldEvent('globex', 'LAMP');
    const before = await world.everything();
    const asked = ['publishCatalogItem', { event: input, version: 1 }] as const;
    expect(await askWorkers(hostile, { workflowId, input }, [asked])).toMatchObject([
      { failure: 'transaction_timeout' },
    ]);
    expect(await world.everything()).toEqual(before);
    expect(await decided()).toMatchObject({ decision: 'won', rule: 'newer' });
  });

  it('ends no event that is still to be decided, however long it has waited, and puts no words in its row', async () => {
    const { row, workflowId, input, decided } = await heldEvent('initech', 'DESK');
    await product.sql(
      `UPDATE supplier_event SET received_at_us = received_at_us - $1, held_at_us = NULL, start_due_us = now_us() + 30000000
        WHERE supplier_id = 'initech'`,
      [TWO_DAYS],
    );
    await askWorkers(hostile, { workflowId, input }, failures(input, ENDS));
    const { failureDetail, ...failed } = await row();
    expect(failed).toMatchObject({ decision: null, failureMode: 'transaction_timeout' });
    expect(failed.startDueUs).not.toBeNull();
    expect(failureDetail).not.toContain('mine');
    expect(await decided()).toMatchObject({ decision: 'won', failureMode: null, failureDetail: null });
  });

  it('ends no event of an old replay before its time, and tells nothing in its place', async () => {
    const { database } = product;
    await record(database, 'shop', 'acme', [{ eventId: 'table', sku: 'TABLE', quantity: 6, updatedAt: at }]);
    await settled(database);
    // Whatever comes of it, it has to wait for this.
    await product.sql('ALTER FUNCTION resync_catalog_item RENAME TO resync_catalog_item_away');
    const id = await startReplay(database, { sku: 'TABLE' });
    const workflowId = `resync:${id}:shop:acme:table`;
    const input = await until(() => startedWith(hostile, workflowId));
    await product.sql('UPDATE replay SET created_at_us = created_at_us - $1', [TWO_DAYS]);
    const before = await world.everything();
    await askWorkers(hostile, { workflowId, input }, [
      ['publishCatalogItem', { event: input, version: 1 }],
      ...failures(input, ENDS),
    ]);
    expect(await world.everything()).toEqual(before);
    await product.sql('ALTER FUNCTION resync_catalog_item_away RENAME TO resync_catalog_item');
    const { items, status } = await follow(database, id);
    expect(items).toMatchObject([{ itemId: 'shop:TABLE', publication: 'accepted' }]);
    expect(status.events).toMatchObject({ total: 1, done: 1, failed: 0 });
  });
});
