import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseNow } from '../../src/database/clock.ts';
import { seconds } from '../../src/domain/time.ts';
import { giveCommand } from '../../src/gate/give-command.ts';
import { feedOf, TENANT } from '../feed/run/run-world.ts';
import { testProduct, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { closedTenant, confirmAll } from './launch.ts';

let product: Product;

beforeAll(async () => {
  product = await testProduct();
  await closedTenant(product.database, TENANT, ['acme']);
  await confirmAll(product.database, TENANT);
  // As settings.md says, unless told.
  await product.startWorker();
});
afterAll(() => product?.close());

describe('a supplier that falls silent', () => {
  it('is a miss within a minute, though its time has passed just after a sample', async () => {
    await giveCommand(product, 'openCanary', {
      ...{ tenant: TENANT, actor: 'ada', reason: 'release', suppliers: ['acme'] },
    });
    await feedOf(product, 'night', 'columns: { sku: a, quantity: b, updatedAt: c }\nexpected: 1h\n');
    const verdictSince = async (after: bigint) =>
      (await product.database.signalSample.findFirst({
        where: { tenantId: TENANT, supplierId: null, signal: 'feed_health', sampledAtUs: { gt: after } },
        orderBy: { sampledAtUs: 'asc' },
      })) ?? false;
    const openedAt = await databaseNow(product.database);
    expect(await until(() => verdictSince(openedAt), 120_000)).toMatchObject({ verdict: 'pass' });
    const silentAt = (await databaseNow(product.database)) + seconds(1);
    await product.sql('UPDATE feed SET created_at_us = $1', [silentAt - seconds(3600)]);
    const next = await until(() => verdictSince(silentAt), 120_000);
    expect(next).toMatchObject({ verdict: 'miss', reason: expect.stringContaining('supplier_silent') });
    expect((await databaseNow(product.database)) - silentAt).toBeLessThan(seconds(60));
  });
});
