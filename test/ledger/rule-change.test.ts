import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StockRule } from '../../src/domain/stock.ts';
import { deedsOf, happenings, stockRule, type Deed } from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { Happened } from '../support/stock-oracle.ts';
import { expectOutcome } from '../support/stock-outcome.ts';
import { doAll, doOne, openShop, recordItem, ruleIn, type RecordedItem } from '../support/stock-shop.ts';

/** The full size: RULE_CHANGES=500 npx vitest run test/ledger/rule-change.test.ts */
const RUNS = Number(process.env.RULE_CHANGES ?? 3);
const RUN_MS = 15_000;

let db: TestDatabase;
let shops = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 4 });
});
afterAll(() => db.drop());

/** An item's life: what happens before the rule changes, and what while it is changed. */
const life = happenings.chain((events) =>
  fc.record({
    events: fc.constant(events),
    deeds: deedsOf(events),
    before: fc.nat(100),
  }),
);

it(
  'a change of the rule, item by item and with events under way, leaves each item as the new rule says it',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(stockRule, stockRule),
        fc.array(life, { minLength: 2, maxLength: 3 }),
        fc.infiniteStream(fc.nat(1_000)),
        async ([former, next], lives, turns) => {
          shops += 1;
          const tenant = `t-${shops}`;
          await openShop(db, tenant, former);
          const steps: Step[][] = [];
          const items: { item: RecordedItem; events: Happened[] }[] = [];
          for (const [no, { events, deeds, before }] of lives.entries()) {
            const item = await recordItem(db, tenant, `CHAIR-${no}`, events);
            const at = Math.floor((deeds.length * before) / 100);
            const refused = await doAll(db, item, deeds.slice(0, at), 2);
            items.push({ item, events });
            steps.push(stepsOf(item, [...deeds.slice(at), ...refused], turns));
          }
          await beginChange(tenant, next);
          expect(await wrongItems(tenant)).toEqual([]);
          const refused: Step[] = [];
          for (const step of merged(steps, turns)) {
            if (!(await step())) refused.push(step);
            expect(await wrongItems(tenant)).toEqual([]);
          }
          for (const step of refused) expect(await step()).toBe(true);
          await db.sql('UPDATE tenant SET stock_rule_before = NULL WHERE id = $1', [tenant]);
          for (const { item, events } of items) await expectOutcome(db, item, next, events);
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

/** @returns false where it has to be done later */
type Step = () => Promise<boolean>;

/** What is left to happen to an item, and somewhere among it the replay, which gives it the new rule. */
function stepsOf(item: RecordedItem, deeds: readonly Deed[], turns: fc.Stream<number>): Step[] {
  const steps: Step[] = deeds.map((deed) => async () => doOne(db, item, deed));
  const repair: Step = async () => {
    await db.sql(
      `SELECT pg_advisory_xact_lock(item_lock($1)), repair_catalog_item($1, $2, NULL)
        WHERE EXISTS (SELECT 1 FROM catalog_item WHERE item_id = $1)`,
      [item.itemId, item.sku],
    );
    return true;
  };
  steps.splice(turn(turns) % (steps.length + 1), 0, repair);
  return steps;
}

function merged(lists: readonly Step[][], turns: fc.Stream<number>): Step[] {
  const waiting = lists.map((list) => [...list]);
  const all: Step[] = [];
  for (let left = waiting.filter(({ length }) => length > 0); left.length > 0;) {
    const step = left[turn(turns) % left.length]?.shift();
    if (step) all.push(step);
    left = left.filter(({ length }) => length > 0);
  }
  return all;
}

function turn(turns: fc.Stream<number>): number {
  return turns.next().value ?? 0;
}

/** What the traces would say of any of them. */
function wrongItems(tenant: string): Promise<object[]> {
  return db.sql(
    `SELECT i.item_id, g.gap FROM catalog_item i CROSS JOIN LATERAL item_gap(i.item_id) g
      WHERE i.tenant_id = $1 AND g.gap IS NOT NULL`,
    [tenant],
  );
}

async function beginChange(tenant: string, rule: StockRule): Promise<void> {
  await db.sql(
    `WITH locked AS (SELECT pg_advisory_xact_lock(tenant_lock($1)))
     UPDATE tenant SET stock_rule_before = stock_rule_id, stock_rule_id = $2 FROM locked WHERE id = $1`,
    [tenant, await ruleIn(db, tenant, rule)],
  );
}
