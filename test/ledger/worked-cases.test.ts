import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { goBy, saveEvent } from '../support/ledger.ts';
import { workedCases, type Step } from '../support/worked-cases.ts';

const HOUR_US = 3_600_000_000;

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

/** As a look for figures that are too old would, with a limit that only this supplier's are beyond. */
async function endFigure(tenant: string, { supplier, eventId }: Step): Promise<void> {
  await db.sql('UPDATE supplier SET figure_expires_us = $3 WHERE tenant_id = $1 AND id = $2', [
    tenant,
    supplier,
    HOUR_US,
  ]);
  await db.sql('SELECT expire_figures(100)');
  await db.sql('UPDATE supplier SET figure_expires_us = NULL WHERE tenant_id = $1 AND id = $2', [
    tenant,
    supplier,
  ]);
  const saved = await db.sql(
    `SELECT save_catalog_item(x.seq, x.item_id, x.sku, NULL)
       FROM supplier_event x JOIN supplier_event e ON e.seq = x.target_seq
      WHERE x.tenant_id = $1 AND x.kind = 'expiry' AND e.event_id = $2`,
    [tenant, eventId],
  );
  expect(saved).toHaveLength(1);
}

describe('the cases of the page of who wins', () => {
  it.each(workedCases().map((one, index) => ({ ...one, tenant: `case-${index + 1}` })))(
    '$title: is what the database does',
    async ({ tenant, rule, steps }) => {
      await openTenant(db.database, tenant, [...new Set(steps.map(({ supplier }) => supplier))]);
      await goBy(db.database, tenant, rule);
      const shown: number[] = [];
      for (const step of steps) {
        if (step.isExpiry) await endFigure(tenant, step);
        else await saveEvent(db, tenant, 'CHAIR-01', step);
        const item = await db.database.catalogItem.findUniqueOrThrow({
          where: { itemId: `${tenant}:CHAIR-01` },
        });
        shown.push(item.quantity);
      }
      expect(shown).toEqual(steps.map(({ shows }) => shows));
    },
  );
});
