import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STOCK_RULES } from '../../src/domain/stock.ts';
import { deedsOf, happenings, stockRuleOf } from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { expectOutcome } from '../support/stock-outcome.ts';
import { doAll, openShop, recordItem } from '../support/stock-shop.ts';

/**
 * What several suppliers say of an item, in two random orders over concurrent connections; so many runs, in equal parts under
 * each rule. The full size:
 *
 *     STOCK_RUNS=2000 npx vitest run test/ledger/stock-histories.test.ts
 */
const RUNS = Math.ceil(Number(process.env.STOCK_RUNS ?? 16) / STOCK_RULES.length);
const LANES = 6;
const RUN_MS = 3_000;

let db: TestDatabase;
let shops = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: LANES + 2 });
});
afterAll(() => db.drop());

it.each(STOCK_RULES)(
  'every order of what happens to an item ends in the same figure, shares and standing events, each explained, under %s',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(
        stockRuleOf(name),
        happenings.chain((events) => fc.tuple(fc.constant(events), deedsOf(events), deedsOf(events))),
        async (rule, [events, ...orders]) => {
          shops += 1;
          const tenant = `t-${shops}`;
          await openShop(db, tenant, rule);
          for (const [no, deeds] of orders.entries()) {
            const item = await recordItem(db, tenant, `CHAIR-${no}`, events);
            expect(await doAll(db, item, deeds, no === 0 ? LANES : 2)).toEqual([]);
            await expectOutcome(db, item, rule, events);
          }
        },
      ),
      {
        numRuns: RUNS,
        endOnFailure: true,
        interruptAfterTimeLimit: 90_000 + RUNS * RUN_MS,
        markInterruptAsFailure: true,
      },
    );
  },
  100_000 + RUNS * RUN_MS,
);
