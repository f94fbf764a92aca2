import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTenantStockRule } from '../../src/flags/stock-rule.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { changeRule, traceGaps } from '../support/stock-rule.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
  await openTenant(db.database, 'shop', ['acme', 'globex']);
  const one = (eventId: string, quantity: number, updatedAt: bigint) => [
    { eventId, sku: 'CHAIR', quantity, updatedAt },
  ];
  await record(db.database, 'shop', 'acme', one('a-1', 5, 10n));
  await record(db.database, 'shop', 'globex', one('g-1', 3, 20n));
  await record(db.database, 'shop', 'globex', one('g-2', 4, 30n));
  await db.sql(`SELECT save_catalog_item(seq, 'shop:CHAIR', 'CHAIR', NULL) FROM supplier_event ORDER BY seq`);
});
afterAll(() => db.drop());

it('while the stock rule is changed a void brings its item to the new rule', async () => {
  await changeRule(db.database, { rule: 'sum' });
  expect(await traceGaps(db.database)).toEqual([]);
  const row = () => db.database.catalogItem.findUniqueOrThrow({ where: { itemId: 'shop:CHAIR' } });
  expect((await row()).quantity).toBe(4);

  await voidEvent(db.database, {
    tenant: 'shop',
    supplier: 'globex',
    eventId: 'g-2',
    actor: 'test',
    reason: 'x',
  });
  expect((await row()).quantity).toBe(8);
  expect(await traceGaps(db.database)).toEqual([]);
  const { change } = await readTenantStockRule(db.database, 'shop');
  expect(change).not.toBeNull();
});
