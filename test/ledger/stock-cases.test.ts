import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NEWEST, type StockRule } from '../../src/domain/stock.ts';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { MOMENT } from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { Happened } from '../support/stock-oracle.ts';
import { expectExplained, expectOutcome } from '../support/stock-outcome.ts';
import { doOne, openShop, recordItem, type RecordedItem } from '../support/stock-shop.ts';

const SUM: StockRule = { rule: 'sum', order: [], supplierReserves: {}, reserve: 0, maxShown: undefined };

let db: TestDatabase;
let shops = 0;
let tenant: string;

beforeAll(async () => {
  db = await testDatabase({ connections: 2 });
});
afterAll(() => db.drop());
beforeEach(() => {
  shops += 1;
  tenant = `t-${shops}`;
});

let sent = 0;

/** What acme says at a minute after ten, unless told otherwise. */
function event(minute: number, quantity: number, more: Partial<Happened> = {}): Happened {
  sent += 1;
  return {
    ...{ supplier: 'acme', location: '', eventId: `e-${sent}`, quantity },
    updatedAtUs: MOMENT + BigInt(minute) * 60_000_000n,
    ...{ correction: false, voided: false, expired: false },
    ...more,
  };
}

async function itemOf(rule: StockRule, events: readonly Happened[]): Promise<RecordedItem> {
  await openShop(db, tenant, rule);
  return recordItem(db, tenant, 'CHAIR', events);
}

async function save(item: RecordedItem, ...events: readonly Happened[]): Promise<void> {
  for (const one of events) await doOne(db, item, { does: 'save', event: one });
}

const versionsOf = ({ itemId }: RecordedItem) =>
  db.sql('SELECT version, quantity FROM catalog_item_version WHERE item_id = $1 ORDER BY version', [itemId]);

it('an item whose last location is taken out shows what is left, though that led it all along', async () => {
  const [north, rest] = [event(0, 3, { location: 'north' }), event(1, 5)];
  const item = await itemOf(NEWEST, [north, rest]);
  await save(item, north, rest);
  await expectOutcome(db, item, NEWEST, [north, rest]);
  await doOne(db, item, { does: 'void', event: north });
  await expectOutcome(db, item, NEWEST, [{ ...north, voided: true }, rest]);
  expect((await versionsOf(item)).at(-1)).toEqual({ version: 3, quantity: 5 });
});

it('a figure that has expired counts no more when the newer one, that came before its expiry, is taken out', async () => {
  const [old, newer] = [event(0, 3), event(1, 5)];
  const other = event(0, 2, { supplier: 'globex' });
  const item = await itemOf(SUM, [old, newer, other]);
  await save(item, old, newer, other);
  await doOne(db, item, { does: 'expire', event: old });
  await expectOutcome(db, item, SUM, [{ ...old, expired: true }, newer, other]);
  await doOne(db, item, { does: 'void', event: newer });
  await expectOutcome(db, item, SUM, [{ ...old, expired: true }, { ...newer, voided: true }, other]);
});

it('a row that a hand made say what the next event comes to does not keep the shop from being told', async () => {
  const [first, second] = [event(0, 5), event(1, 3, { supplier: 'globex' })];
  const item = await itemOf(SUM, [first, second]);
  await save(item, first);
  await db.sql('UPDATE catalog_item SET quantity = 8, updated_at_us = $2 WHERE item_id = $1', [
    item.itemId,
    second.updatedAtUs,
  ]);
  await save(item, second);
  await expectOutcome(db, item, SUM, [first, second]);
  expect(await versionsOf(item)).toEqual([
    { version: 1, quantity: 5 },
    { version: 2, quantity: 8 },
  ]);
});

it.each([
  ['by the newest', NEWEST, [event(0, 0), event(0, -3)]],
  ['by the sum', SUM, [event(0, 4, { supplier: 'globex' }), event(-1, 0)]],
])(
  'a prune keeps the version that an event without a difference names, %s',
  async (_, rule, [maker, namer]) => {
    if (!maker || !namer) throw new Error('two events');
    const later = [event(1, 1), event(2, 2), event(3, 3)].flatMap((one) => [
      one,
      { ...one, supplier: 'globex', eventId: `g-${one.eventId}` },
    ]);
    const item = await itemOf(rule, [maker, namer, ...later]);
    await save(item, maker, namer, ...later);
    await db.sql('UPDATE supplier_event SET received_at_us = 1, start_due_us = NULL WHERE seq = $1', [
      item.seqs.get(maker),
    ]);
    await pruneTenant(db.as('pruner'), { tenant, cutoff: 2n, actor: 'test' });
    await expectExplained(db, item.itemId);
  },
);
