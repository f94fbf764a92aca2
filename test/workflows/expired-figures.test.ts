import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseNow } from '../../src/database/clock.ts';
import { seconds } from '../../src/domain/time.ts';
import { changeSupplier } from '../../src/flags/suppliers.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { traceGaps } from '../support/stock-rule.ts';
import { until } from '../support/until.ts';

let product: Product;
const DAY = seconds(86_400);

const send = async (eventId: string, sku: string, quantity: number, age: bigint) => {
  const now = await databaseNow(product.database);
  await record(product.database, 'shop', 'acme', [{ eventId, sku, quantity, updatedAt: now - age }]);
};
const shownInShop = async (sku: string) => {
  const answer = await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(`shop:${sku}`)}`);
  return (await answer.json()) as { quantity: number };
};
const comesTo = (sku: string, quantity: number) =>
  until(async () => (await shownInShop(sku)).quantity === quantity);
const expiries = (itemId: string) =>
  product.database.supplierEvent.findMany({ where: { itemId, kind: 'expiry' }, orderBy: { seq: 'asc' } });

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await product.startWorker({ expirySeconds: 0.1 });
  await send('old', 'OLD', 5, 2n * DAY);
  await send('fresh', 'FRESH', 6, 0n);
  await settled(product.database);
});
afterAll(() => product.close());

describe('a figure that is older than its supplier lets figures be', () => {
  it('counts no longer, and the shop is told 0 by an event of the ledger', async () => {
    expect(await shownInShop('OLD')).toMatchObject({ quantity: 5 });
    await changeSupplier(product.database, {
      ...{ tenant: 'shop', supplier: 'acme', actor: 'test' },
      figureExpiresSeconds: 86_400,
    });
    await comesTo('OLD', 0);
    expect(await shownInShop('FRESH')).toMatchObject({ quantity: 6 });
    await settled(product.database);
    const [expiry, ...others] = await expiries('shop:OLD');
    expect(others).toEqual([]);
    expect(expiry).toMatchObject({ supplierId: 'acme', decision: 'applied', rule: 'expiry', version: 2 });
    expect(expiry?.workflowId).toBe(`sync:shop:acme:${expiry?.eventId}`);
    const workflow = product.client.workflow.getHandle(String(expiry?.workflowId));
    expect(await workflow.result()).toEqual({
      ...{ itemId: 'shop:OLD', outcome: 'applied', rule: 'expiry', version: 2 },
      publication: 'accepted',
    });
    const version = { itemId_version: { itemId: 'shop:OLD', version: 2 } };
    expect(await product.database.catalogItemVersion.findUnique({ where: version })).toMatchObject({
      ...{ quantity: 0, rule: 'expiry', publication: 'accepted' },
    });
    expect(await traceGaps(product.database)).toEqual([]);
  });

  it('counts again when its supplier speaks of the item', async () => {
    await send('old-2', 'OLD', 4, 0n);
    expect(await comesTo('OLD', 4)).toBe(true);
  });

  it('is seen though it comes late', async () => {
    await send('late', 'LATE', 3, 3n * DAY);
    await until(
      async () => (await product.database.catalogItemVersion.count({ where: { itemId: 'shop:LATE' } })) > 0,
    );
    expect(await comesTo('LATE', 0)).toBe(true);
  });

  it('is seen though it stands again only since a newer one was voided', async () => {
    await send('under', 'VOIDED', 3, 3n * DAY);
    await send('above', 'VOIDED', 4, 0n);
    await settled(product.database);
    await voidEvent(product.database, {
      ...{ tenant: 'shop', supplier: 'acme', eventId: 'above', actor: 'test', reason: 'wrong unit' },
    });
    await comesTo('VOIDED', 0);
    await settled(product.database);
    expect(await expiries('shop:VOIDED')).toHaveLength(1);
    expect(await traceGaps(product.database)).toEqual([]);
  });

  it('is left alone in a shop that has another supplier, which still counts', async () => {
    const now = await databaseNow(product.database);
    await record(product.database, 'shop', 'globex', [
      { eventId: 'g', sku: 'BOTH', quantity: 8, updatedAt: now - 3n * DAY },
    ]);
    await send('both', 'BOTH', 2, 2n * DAY);
    expect(await comesTo('BOTH', 8)).toBe(true);
  });
});
