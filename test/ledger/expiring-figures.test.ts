import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeSupplier } from '../../src/flags/suppliers.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import {
  deedsOf,
  FIVE_SUPPLIERS,
  happenings,
  MOMENT,
  stockRule,
} from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { Happened } from '../support/stock-oracle.ts';
import { expectOutcome } from '../support/stock-outcome.ts';
import { doAll, openShop, recordItem, type RecordedItem } from '../support/stock-shop.ts';

const HOUR_US = 3_600_000_000n;
const TEN_MINUTES_AGO = BigInt(Date.now() - 600_000) * 1_000n;
/** The full size: EXPIRY_RUNS=500 npx vitest run test/ledger/expiring-figures.test.ts */
const RUNS = Number(process.env.EXPIRY_RUNS ?? 6);
const RUN_MS = 10_000;

let db: TestDatabase;
let shops = 0;
let expiries = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 8 });
});
afterAll(() => db.drop());

it(
  'figures expire while events arrive and are taken out: those that are old count no longer, however they came to stand',
  { timeout: 100_000 + RUNS * RUN_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        stockRule,
        happenings.chain((events) => {
          const timed = events.map(asTimed);
          return fc.tuple(fc.constant(timed), deedsOf(timed.map((event) => ({ ...event, expired: false }))));
        }),
        async (rule, [events, deeds]) => {
          shops += 1;
          const tenant = `t-${shops}`;
          await openShop(db, tenant, rule);
          await db.sql('UPDATE supplier SET figure_expires_us = $2 WHERE tenant_id = $1 AND id = ANY ($3)', [
            tenant,
            HOUR_US,
            FIVE_SUPPLIERS,
          ]);
          const item = await recordItem(
            db,
            tenant,
            'CHAIR',
            deeds.filter(({ does }) => does === 'save').map(({ event }) => event),
          );
          let done = false;
          const everyNowAndThen = async (): Promise<void> => {
            while (!done) {
              await expire(item);
              await setTimeout(5);
            }
          };
          const expiring = [everyNowAndThen(), everyNowAndThen()];
          const left = await doAll(db, item, deeds, 4).finally(() => {
            done = true;
          });
          await Promise.all(expiring);
          expect(left).toEqual([]);
          await expireAll(item);
          await expectOutcome(db, item, rule, events);
        },
      ),
      {
        numRuns: RUNS,
        endOnFailure: true,
        interruptAfterTimeLimit: 90_000 + RUNS * RUN_MS,
        markInterruptAsFailure: true,
      },
    );
    expect(expiries).toBeGreaterThan(RUNS);
  },
);

it('a figure that is decided when it is old expires, though others of its time did long ago', async () => {
  const events = [old('e-1', 'north'), old('e-2', 'south')];
  const [first, second] = events;
  if (!first || !second) throw new Error('two events');
  await openShop(db, 'late', SUM);
  await db.sql(`UPDATE supplier SET figure_expires_us = $1 WHERE tenant_id = 'late'`, [HOUR_US]);
  const item = await recordItem(db, 'late', 'CHAIR', events);
  await doAll(db, item, [{ does: 'save', event: first }], 1);
  expect(await expireAll(item)).toBe(1);
  await doAll(db, item, [{ does: 'save', event: second }], 1);
  expect(await expireAll(item)).toBe(1);
  await expectOutcome(db, item, SUM, events);
});

it('a figure of a clock that was never set expires as well', async () => {
  const events = [0n, -62_135_596_800_000_000n].map((updatedAtUs, no) => ({
    ...old('e-1', ''),
    ...{ supplier: String(FIVE_SUPPLIERS[no]), updatedAtUs },
  }));
  await openShop(db, 'unset', SUM);
  const item = await recordItem(db, 'unset', 'CHAIR', events);
  for (const event of events) await doAll(db, item, [{ does: 'save', event }], 1);
  for (const { supplier } of events)
    await changeSupplier(db.database, {
      tenant: 'unset',
      supplier,
      actor: 'ada',
      figureExpiresSeconds: 3_600,
    });
  expect(await expireAll(item)).toBe(2);
  await expectOutcome(db, item, SUM, events);
});

it('a shop that opens again is told what was held, and not first that all is too old', async () => {
  const [before, held] = [
    old('e-1', ''),
    { ...old('e-2', ''), updatedAtUs: TEN_MINUTES_AGO, expired: false },
  ];
  await openShop(db, 'opens', SUM);
  await db.sql(`UPDATE supplier SET figure_expires_us = $1 WHERE tenant_id = 'opens'`, [HOUR_US]);
  const item = await recordItem(db, 'opens', 'CHAIR', [before, held]);
  await doAll(db, item, [{ does: 'save', event: before }], 1);
  await db.sql(`UPDATE tenant SET opened_at_us = now_us() WHERE id = 'opens'`);
  expect(await expireAll(item)).toBe(0);
  // But not for ever: an event that cannot be decided holds up no other.
  await db.sql(`UPDATE tenant SET opened_at_us = now_us() - 601000000 WHERE id = 'opens'`);
  expect(await expireAll(item)).toBe(1);
});

it('an expiry that changes what the shop shows has a version to tell it', async () => {
  const event = old('e-1', '');
  await openShop(db, 'told', SUM);
  await db.sql(`UPDATE supplier SET figure_expires_us = $1 WHERE tenant_id = 'told'`, [HOUR_US]);
  const item = await recordItem(db, 'told', 'CHAIR', [event]);
  await doAll(db, item, [{ does: 'save', event }], 1);
  await db.as('worker').$queryRaw`SELECT looked FROM expire_figures(20)`;
  const [expiry] = await db.sql<{ seq: string; event_id: string }>(
    `SELECT seq, event_id FROM supplier_event WHERE tenant_id = 'told' AND kind = 'expiry'`,
  );
  const save = () =>
    db.sql('SELECT outcome, rule, version, quantity, publish FROM save_catalog_item($1, $2, $3, NULL)', [
      expiry?.seq,
      item.itemId,
      item.sku,
    ]);
  const told = { outcome: 'applied', rule: 'expiry', version: 2, quantity: 0, publish: true };
  expect(await save()).toEqual([told]);
  expect(await save()).toEqual([told]);
  const [{ gap } = { gap: undefined }] = await db.sql('SELECT gap FROM trace_gap($1, NULL)', [expiry?.seq]);
  expect(gap).toBe('unpublished');
  const request = { tenant: 'told', supplier: 'acme', eventId: String(expiry?.event_id) };
  await expect(voidEvent(db.database, { ...request, reason: 'no', actor: 'ada' })).rejects.toThrow(
    'is an expiry',
  );
});

const SUM = { rule: 'sum', order: [], supplierReserves: {}, reserve: 0, maxShown: undefined } as const;

function old(eventId: string, location: string): Happened {
  return asTimed({
    ...{ supplier: 'acme', location, eventId, quantity: 3, updatedAtUs: MOMENT },
    ...{ correction: false, voided: false, expired: false },
  });
}

/** The first half of the moments is long ago; the rest is so new that nothing expires while the test runs. */
function asTimed(event: Happened): Happened {
  const sinceMoment = event.updatedAtUs - MOMENT;
  const isOld = sinceMoment < 999n;
  return {
    ...event,
    updatedAtUs: isOld ? event.updatedAtUs : TEN_MINUTES_AGO + sinceMoment,
    expired: isOld && !event.correction,
  };
}

/** @returns how many figures expired */
async function expireAll(item: RecordedItem): Promise<number> {
  let made = 0;
  for (let looked = 1; looked > 0;) {
    const run = await expire(item);
    ({ looked } = run);
    made += run.made;
  }
  return made;
}

/** Lets figures expire as the worker's schedule does, a few events at a time, and saves the expiries. */
async function expire({ itemId, sku, tenant }: RecordedItem): Promise<{ looked: number; made: number }> {
  const [run] = await db.as('worker').$queryRaw<{ looked: number }[]>`SELECT looked FROM expire_figures(20)`;
  const rows = await db.sql<{ seq: string }>(
    `SELECT seq FROM supplier_event WHERE tenant_id = $1 AND kind = 'expiry' AND decision IS NULL`,
    [tenant],
  );
  for (const { seq } of rows) await saveCatalogItem(db.as('worker'), { seq, itemId, sku });
  expiries += rows.length;
  return { looked: run?.looked ?? 0, made: rows.length };
}
