import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEWEST, STOCK_RULES } from '../../src/domain/stock.ts';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { deedsOf, happenings, stockRule } from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { stockOracle, type Happened } from '../support/stock-oracle.ts';
import { expectOutcome } from '../support/stock-outcome.ts';
import { doAll, doOne, openShop, recordItem, type RecordedItem } from '../support/stock-shop.ts';
import { LONG_AGO } from './history.ts';

/** The full size: SHARES_PRUNED=500 npx vitest run test/retention/what-stays-of-shares.test.ts */
const RUNS = Number(process.env.SHARES_PRUNED ?? 10);
const RUN_MS = 5_000;

let db: TestDatabase;
let shops = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 6 });
});
afterAll(() => db.drop());

it(
  'after a prune an item is what it was, by every stock rule, and a void of what stands finds who is next',
  { timeout: 100_000 + RUNS * RUN_MS },
  async () => {
    let gone = 0;
    await fc.assert(
      fc.asyncProperty(
        stockRule,
        happenings.chain((events) => fc.tuple(fc.constant(events), deedsOf(events))),
        fc.nat(20),
        async (rule, [events, deeds], nth) => {
          shops += 1;
          const tenant = `t-${shops}`;
          await openShop(db, tenant, rule);
          const item = await recordItem(db, tenant, 'CHAIR', events);
          await doAll(db, item, deeds, 4);
          await makeOld(item);
          await pruneTenant(
            db.as('pruner'),
            { tenant, cutoff: LONG_AGO + 1_000_000_000n, actor: 'test' },
            { atOnce: 3 },
          );
          const left = await stillThere(item, events);
          gone += events.length - left.length;
          for (const name of STOCK_RULES) {
            expect(stockOracle({ ...rule, rule: name }, left)).toEqual(
              stockOracle({ ...rule, rule: name }, events),
            );
          }
          await expectOutcome(db, item, rule, left);

          const shares = stockOracle(rule, events)?.shares ?? [];
          // Without shares, none but the winner stands for the item.
          const target = shares[rule === NEWEST ? 0 : nth % shares.length]?.event;
          if (!target || !(await doOne(db, item, { does: 'void', event: target }))) return;
          const without = (all: readonly Happened[]) =>
            all.map((event) => (event === target ? { ...event, voided: true } : event));
          expect(stockOracle(rule, without(left))).toEqual(stockOracle(rule, without(events)));
          await expectOutcome(db, item, rule, without(left));
        },
      ),
      {
        numRuns: RUNS,
        endOnFailure: true,
        interruptAfterTimeLimit: 90_000 + RUNS * RUN_MS,
        markInterruptAsFailure: true,
      },
    );
    expect(gone).toBeGreaterThan(0);
  },
);

async function makeOld({ itemId }: RecordedItem): Promise<void> {
  await db.sql(
    'UPDATE supplier_event SET received_at_us = $2 + seq, start_due_us = NULL WHERE item_id = $1 AND seq % 5 > 0',
    [itemId, LONG_AGO],
  );
}

async function stillThere(item: RecordedItem, events: readonly Happened[]): Promise<Happened[]> {
  const rows = await db.sql<{ seq: string }>('SELECT seq FROM supplier_event WHERE item_id = $1', [
    item.itemId,
  ]);
  const seqs = new Set(rows.map(({ seq }) => seq));
  return events.filter((event) => seqs.has(String(item.seqs.get(event))));
}
