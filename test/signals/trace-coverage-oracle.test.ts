import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { ManualFixError } from '../../src/manual/manual-supplier.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { tracedEvents } from '../../src/ledger/traced-events.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { SAYING_WHY } from '../support/saying-why.ts';

const SUPPLIERS = ['acme', 'globex', 'initech'];
const by = { actor: 'ada', reason: 'a property' };

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ connections: 8 });
  await openTenant(db.database, 'canary', SUPPLIERS);
});
afterAll(() => db.drop());

/** One event, decided in any order among the others; then perhaps a manual fix. */
const step = fc.record({
  supplier: fc.constantFrom(...SUPPLIERS),
  sku: fc.integer({ min: 0, max: 7 }),
  quantity: fc.integer({ min: 0, max: 3 }),
  at: fc.bigInt({ min: 0n, max: 20n }),
  next: fc.constantFrom('nothing', 'nothing', 'nothing', 'correct', 'void the winner', 'void this one'),
});

let runs = 0;

it('finds no fault in whatever the product decides, in any order, with corrections and voids in the mix', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 80, maxLength: 120 }), async (steps) => {
      runs += 1;
      const run = runs;
      const queue: { step: (typeof steps)[number]; sku: string; eventId: string; seq: string }[] = [];
      for (const [no, one] of steps.entries()) {
        const event = {
          eventId: `${run}/${no}`,
          sku: `R${run}-${one.sku}`,
          quantity: one.quantity,
          updatedAt: 1_780_000_000_000_000n + one.at,
        };
        await record(db.database, 'canary', one.supplier, [event]);
        const rows = await db.sql<{ seq: string }>('SELECT seq FROM supplier_event WHERE event_id = $1', [
          event.eventId,
        ]);
        queue.push({ step: one, sku: event.sku, eventId: event.eventId, seq: String(rows[0]?.seq) });
      }
      const lane = async (): Promise<void> => {
        for (let next = queue.shift(); next; next = queue.shift()) await decide(next);
      };
      await Promise.all([lane(), lane(), lane(), lane()]);

      // Nothing has been told to the storefront yet.
      expect(new Set(await gaps(run))).toEqual(new Set(['unpublished']));
      await db.sql(
        `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id)
         SELECT item_id, version, event_seq, 'w', 'm' FROM catalog_item_version WHERE publication <> 'overtaken'`,
      );
      expect(await gaps(run)).toEqual([]);
    }),
    { numRuns: 2, ...SAYING_WHY },
  );
}, 120_000);

async function decide(event: {
  step: { supplier: string; quantity: number; at: bigint; next: string };
  sku: string;
  eventId: string;
  seq: string;
}): Promise<void> {
  const itemId = `canary:${event.sku}`;
  const { sku } = event;
  await saveCatalogItem(db.database, { seq: event.seq, itemId, sku });
  if (event.step.next === 'correct') {
    const updatedAt = 1_780_000_000_000_000n + event.step.at + 1n;
    const fix = await correctItem(db.database, { tenant: 'canary', sku, quantity: 2, updatedAt, ...by });
    const rows = await db.sql<{ seq: string }>(
      `SELECT seq FROM supplier_event WHERE event_id = $1 AND supplier_id = 'manual'`,
      [fix.eventId],
    );
    await saveCatalogItem(db.database, { seq: String(rows[0]?.seq), itemId, sku });
  }
  if (!event.step.next.startsWith('void')) return;
  const item = await db.database.catalogItem.findUniqueOrThrow({ where: { itemId } });
  const target =
    event.step.next === 'void the winner'
      ? { supplier: item.supplierId, eventId: item.eventId }
      : { supplier: event.step.supplier, eventId: event.eventId };
  await voidEvent(db.database, { tenant: 'canary', ...target, ...by }).catch((error: unknown) => {
    // The last one stays, and so does one that was voided before.
    if (!(error instanceof ManualFixError)) throw error;
  });
}

async function gaps(run: number): Promise<string[]> {
  const scope = Prisma.sql`FROM supplier_event x WHERE x.sku LIKE ${`R${run}-%`}`;
  const rows = await db.database.$queryRaw<{ gap: string | null }[]>(tracedEvents(scope));
  expect(rows.length).toBeGreaterThan(79);
  return rows.flatMap(({ gap }) => (gap === null ? [] : [gap]));
}
