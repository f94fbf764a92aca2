import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSupplier } from '../../../src/flags/suppliers.ts';
import { seconds } from '../../../src/domain/time.ts';
import { TASK_QUEUE } from '../../../src/temporal/connect.ts';
import { openTenant } from '../../support/flags.ts';
import { testProduct, type Product } from '../../support/product.ts';
import { record } from '../../support/record.ts';
import { until } from '../../support/until.ts';

const WINDOW = 5;
const at = seconds(1_780_000_000);
let product: Product;

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await product.startWorker({ window: WINDOW });
});
afterAll(() => product.close());

const set = (state: 'open' | 'closed') =>
  changeSupplier(product.database, {
    tenant: 'shop',
    supplier: 'globex',
    state,
    actor: 'test',
    reason: 'a test of the starter',
  });

const events = (kind: string, count: number) =>
  Array.from({ length: count }, (_, no) => ({
    eventId: `${kind}-${no}`,
    sku: `${kind}-${no}`.toUpperCase(),
    quantity: no,
    updatedAt: at,
  }));

const count = (where: object) => product.database.supplierEvent.count({ where });

describe('the starter', () => {
  it('lets go more held events than its window holds, once each, and others meanwhile', async () => {
    await set('closed');
    await record(product.database, 'shop', 'globex', events('held', WINDOW * 4));
    await until(async () => (await count({ supplierId: 'globex', heldAtUs: { not: null } })) === WINDOW * 4);
    await set('open');
    await record(product.database, 'shop', 'acme', events('live', WINDOW));
    await until(async () => (await count({ decision: 'won' })) === WINDOW * 5);
    await until(async () => (await count({ startDueUs: { not: null } })) === 0);
    const versions = await product.database.catalogItemVersion.groupBy({
      by: ['version', 'publication'],
      _count: true,
    });
    expect(versions).toEqual([{ version: 1, publication: 'accepted', _count: WINDOW * 5 }]);
  });

  it('starts again what Temporal has lost, although its window was full of it', async () => {
    product.storefront.control.failStatus = 503;
    await set('closed');
    await record(product.database, 'shop', 'globex', events('lost', WINDOW * 2));
    await until(async () => (await count({ heldAtUs: { not: null } })) === WINDOW * 2);
    await set('open');
    await product.sql(
      `UPDATE supplier_event SET started_by = (SELECT max(started_by) FROM supplier_event), start_count = 2,
              start_due_us = now_us() - 1 WHERE event_id LIKE 'lost-%'`,
    );
    product.storefront.control.failStatus = null;
    await until(async () => (await count({ decision: 'won' })) === WINDOW * 7);
    expect(await count({ decision: null })).toBe(0);
  });

  it('starts at once what Temporal has had before and the ledger has not, as after a restored backup', async () => {
    const workflowId = 'sync:shop:acme:ahead';
    const input = { seq: '999999999', tenant: 'shop', supplier: 'acme', eventId: 'ahead' };
    const lost = await product.client.workflow.start('syncSupplierEvent', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [
        {
          ...input,
          sku: 'AHEAD',
          quantity: 1,
          updatedAt: '2026-06-01T00:00:00Z',
          receivedAt: '2026-06-01T00:00:00Z',
          skuPattern: '.*',
          clockToleranceSeconds: 300,
        },
      ],
    });
    await expect(lost.result()).rejects.toThrow(/failed/);
    await record(product.database, 'shop', 'acme', [
      { eventId: 'ahead', sku: 'AHEAD', quantity: 1, updatedAt: at },
    ]);
    await until(async () => (await count({ eventId: 'ahead', decision: 'won' })) === 1, 10_000);
  });
});
