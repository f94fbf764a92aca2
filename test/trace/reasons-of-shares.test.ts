import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEWEST } from '../../src/domain/stock.ts';
import { compareContenders, type Contender } from '../../src/domain/winner.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { TraceEvent } from '../../src/trace/trace.ts';
import { deedsOf, happenings, stockRule } from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { stockOracle, type Happened, type OracleItem } from '../support/stock-oracle.ts';
import { doAll, openShop, recordItem, ruleIn } from '../support/stock-shop.ts';
import { WEB_UI } from './story.ts';

/** The full size: REASONS_RUNS=500 npx vitest run test/trace/reasons-of-shares.test.ts */
const RUNS = Number(process.env.REASONS_RUNS ?? 8);
const RUN_MS = 5_000;

let db: TestDatabase;
let shops = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 4 });
});
afterAll(() => db.drop());

it(
  'each event that does not count names its own newer one, or what counts instead; nothing is said to be voided that is not',
  { timeout: 100_000 + RUNS * RUN_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        stockRule.filter((rule) => rule !== NEWEST),
        happenings
          .map((events) => events.map((event) => ({ ...event, voided: false })))
          .chain((events) => fc.tuple(fc.constant(events), deedsOf(events))),
        fc.nat(100),
        async (rule, [events, deeds], percent) => {
          shops += 1;
          const tenant = `t-${shops}`;
          await openShop(db, tenant, NEWEST);
          const item = await recordItem(db, tenant, 'CHAIR', events);
          const at = Math.floor((deeds.length * percent) / 100);
          await doAll(db, item, deeds.slice(0, at), 2);
          await db.sql('UPDATE tenant SET stock_rule_id = $2 WHERE id = $1', [
            tenant,
            await ruleIn(db, tenant, rule),
          ]);
          await doAll(db, item, deeds.slice(at), 2);
          await db.sql(`SELECT repair_catalog_item($1, 'CHAIR', NULL)`, [item.itemId]);

          const [found] = await findTraces(db.database, { key: 'CHAIR', tenant, limit: 200 }, WEB_UI);
          const expected = stockOracle(rule, events);
          if (!found || !expected) throw new Error('no trace');
          const said = new Map(found.trace.events.map((event) => [nameOf(event), event]));
          for (const event of events) {
            const told = said.get(`${event.supplier}/${item.prefix}${event.eventId}`);
            expect(told?.rule).not.toContain('voided');
            if (told?.outcome !== 'superseded') continue;
            const lostTo = told.lostTo && nameOf(told.lostTo);
            const named =
              events.find((one) => `${one.supplier}/${item.prefix}${one.eventId}` === lostTo) ?? null;
            expect({ told, isReason: isReason(named, event, expected) }).toEqual({ told, isReason: true });
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
);

function nameOf({ supplier, eventId }: Pick<TraceEvent, 'supplier' | 'eventId'>): string {
  return `${supplier}/${eventId}`;
}

/** Whether an event explains why another does not count. */
function isReason(named: Happened | null, event: Happened, { shares, lead }: OracleItem): boolean {
  const share = shares.find((one) => one.event === event);
  switch (share?.why) {
    case undefined:
      return (
        named !== null && isOwn(named, event) && compareContenders(asContender(named), asContender(event)) > 0
      );
    case 'expired':
      return named === null;
    case 'correction_is_over':
      return named === shares[0]?.event;
    default:
      return named === lead;
  }
}

function isOwn(one: Happened, other: Happened): boolean {
  return one.supplier === other.supplier && one.location === other.location;
}

function asContender({ supplier, eventId, quantity, updatedAtUs }: Happened): Contender {
  return { supplier, eventId, quantity, updatedAt: updatedAtUs };
}
