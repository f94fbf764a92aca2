import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { expiryOf } from '../../../src/worker/starter/expiry.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { record } from '../../support/record.ts';
import { until } from '../../support/until.ts';

/** More than one look finds. */
const FIGURES = 550;

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ connections: 2 });
  await openTenant(db.database, 'shop', ['acme']);
  const events = Array.from({ length: FIGURES }, (_, no) => ({
    ...{ eventId: `e-${no}`, sku: `ITEM-${no}`, quantity: 3 },
    updatedAt: 1_780_000_000_000_000n + BigInt(no),
  }));
  await record(db.database, 'shop', 'acme', events);
  await db.sql(
    `SELECT save_catalog_item(e.seq, 'shop:' || e.sku, e.sku, NULL) FROM supplier_event e ORDER BY e.seq`,
  );
  await db.sql('UPDATE supplier SET figure_expires_us = 1');
});
afterAll(() => db?.drop());

const ends = () =>
  db.sql<{ received_at_us: string }>(
    `SELECT received_at_us FROM supplier_event WHERE kind = 'expiry' ORDER BY received_at_us`,
  );

it('figures that end all at once come no faster than they can be decided', async () => {
  const expiry = expiryOf(db.as('worker'), createLogger({ level: 'silent', name: 'test' }), 0);
  expiry.look();
  await until(async () => (await ends()).length === FIGURES);
  await expiry.stop();
  const times = (await ends()).map(({ received_at_us: at }) => Number(at));
  const apart = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(apart).toBeGreaterThan(1_500_000);
});

it('ends at once when it is stopped', async () => {
  await db.sql(`UPDATE supplier SET expired_until_us = 0`);
  await db.sql(`DELETE FROM supplier_event WHERE kind = 'expiry'`);
  const expiry = expiryOf(db.as('worker'), createLogger({ level: 'silent', name: 'test' }), 0);
  expiry.look();
  await until(async () => (await ends()).length > 0);
  const began = performance.now();
  await expiry.stop();
  expect(performance.now() - began).toBeLessThan(1_000);
});
