import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { compareContenders, decide as decideContest, type Contender } from '../../src/domain/winner.ts';
import { contender, suppliers } from '../support/arbitrary-events.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { SAYING_WHY } from '../support/saying-why.ts';
import { decide, gapsOf, history, live, LONG_AGO, seqOf, stateOf, voidIt, type Step } from './history.ts';

let db: TestDatabase;
let runs = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 8 });
});
afterAll(() => db.drop());

const CUTOFF = LONG_AGO + 1_000_000_000n;

async function tenantWith(steps: readonly Step[]): Promise<string> {
  runs += 1;
  const tenant = `t-${runs}`;
  await openTenant(db.database, tenant, [...suppliers]);
  await live(db, tenant, steps);
  return tenant;
}

const prune = (tenant: string, atOnce = 3) =>
  pruneTenant(db.as('pruner'), { tenant, cutoff: CUTOFF, actor: 'test' }, { atOnce });

const arrivalsOf = (steps: readonly Step[]) =>
  steps.flatMap((step) => (step.does === 'arrive' ? [{ sku: step.sku, event: step.event }] : []));

/** The events that stand for an item, the greatest first, as the ledger has them. */
async function standing(tenant: string, sku: string): Promise<Contender[]> {
  const rows = await db.sql<{
    supplier_id: string;
    event_id: string;
    quantity: number;
    updated_at_us: string;
  }>('SELECT supplier_id, event_id, quantity, updated_at_us FROM contending_events($1)', [
    `${tenant}:${sku}`,
  ]);
  return rows.map((row) => ({
    supplier: row.supplier_id,
    eventId: row.event_id,
    quantity: row.quantity,
    updatedAt: BigInt(row.updated_at_us),
  }));
}

describe('after a prune of any history', () => {
  it('every item, and every event that stays, is what it was, and its trace is complete', async () => {
    let gone = 0;
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const tenant = await tenantWith(steps);
        const before = await stateOf(db, tenant);
        const gaps = await gapsOf(db, tenant);

        const pruned = await prune(tenant);
        gone += pruned.events;
        const after = await stateOf(db, tenant);
        expect(after.items).toEqual(before.items);
        for (const [name, event] of after.events)
          expect([name, event]).toEqual([name, before.events.get(name)]);
        expect(before.events.size - after.events.size).toBe(pruned.events);
        // What was never published is not: neither before nor after.
        expect(await gapsOf(db, tenant)).toEqual(gaps);
        // Whom an event names is known as long as it is there, and no longer.
        const [named] = await db.sql(
          `SELECT (SELECT count(*) FROM supplier_event e
                    WHERE e.tenant_id = $1 AND coalesce(e.lost_to_seq, e.beat_seq) IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM supplier_event x WHERE x.seq = coalesce(e.lost_to_seq, e.beat_seq))
                      AND NOT EXISTS (SELECT 1 FROM archived_rival x WHERE x.seq = coalesce(e.lost_to_seq, e.beat_seq))
                  )::integer AS unknown,
                  (SELECT count(*) FROM archived_rival a
                    WHERE starts_with(a.item_id, $1 || ':')
                      AND NOT EXISTS (SELECT 1 FROM supplier_event e WHERE a.seq IN (e.lost_to_seq, e.beat_seq))
                  )::integer AS needless`,
          [tenant],
        );
        expect(named).toEqual({ unknown: 0, needless: 0 });
      }),
      { numRuns: 25, ...SAYING_WHY },
    );
    expect(gone).toBeGreaterThan(20);
  });

  it('a late delivery is a duplicate, or a conflict, whether the event stayed or went', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const tenant = await tenantWith(steps);
        await prune(tenant);
        const before = await stateOf(db, tenant);
        for (const { sku, event } of arrivalsOf(steps)) {
          const { supplier, eventId, quantity, updatedAt } = event;
          const [same, other] = await record(db.database, tenant, supplier, [
            { eventId, quantity, updatedAt, sku },
            { eventId, quantity, updatedAt: updatedAt + 7n, sku },
          ]);
          expect([same?.status, other?.status]).toEqual(['duplicate', 'conflict']);
        }
        expect(await stateOf(db, tenant)).toEqual(before);
      }),
      { numRuns: 15, ...SAYING_WHY },
    );
  });

  it('later events are decided as they would have been without it', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.tuple(fc.constantFrom('CHAIR', 'LAMP'), contender), { maxLength: 6 }),
        async (steps, later) => {
          const tenant = await tenantWith(steps);
          const winners = new Map(
            await Promise.all(
              ['CHAIR', 'LAMP'].map(async (sku) => [sku, (await standing(tenant, sku))[0]] as const),
            ),
          );
          await prune(tenant);
          for (const [no, [sku, { supplier, quantity, updatedAt, eventId: id }]] of later.entries()) {
            const event = { supplier, quantity, updatedAt, eventId: `later-${no}/${id}` };
            await record(db.database, tenant, supplier, [
              { eventId: event.eventId, quantity, updatedAt, sku },
            ]);
            const seq = await seqOf(db, tenant, supplier, event.eventId);
            await decide(db, tenant, sku, seq, 'accepted');
            const expected = decideContest(winners.get(sku), event);
            const row = await db.database.supplierEvent.findUniqueOrThrow({ where: { seq } });
            expect([row.decision, row.rule]).toEqual([expected.outcome, expected.rule]);
            if (expected.outcome === 'won') winners.set(sku, event);
          }
          const gaps = await gapsOf(db, tenant);
          expect(gaps.filter(({ gap }) => gap !== 'unpublished')).toEqual([]);
        },
      ),
      { numRuns: 15, ...SAYING_WHY },
    );
  });

  it('a void of the winner finds the runner-up, in a version above all there were', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const tenant = await tenantWith(steps);
        const before = await standing(tenant, 'CHAIR');
        const versions = await db.database.catalogItemVersion.findMany({
          where: { itemId: `${tenant}:CHAIR` },
        });
        await prune(tenant);
        const [winner, runnerUp] = before;
        if (!winner) return;
        expect(await voidIt(db, tenant, winner)).toBe(runnerUp !== undefined);
        const item = await db.database.catalogItem.findUniqueOrThrow({
          where: { itemId: `${tenant}:CHAIR` },
        });
        const now = runnerUp ?? winner;
        expect(item).toMatchObject({
          supplierId: now.supplier,
          eventId: now.eventId,
          quantity: now.quantity,
        });
        const top = Math.max(...versions.map(({ version }) => version));
        const changed = runnerUp && compareFigures(winner, runnerUp);
        expect(item.version).toBe(changed ? top + 1 : top);
      }),
      { numRuns: 15, ...SAYING_WHY },
    );
  });
});

function compareFigures(a: Contender, b: Contender): boolean {
  expect(compareContenders(a, b)).toBeGreaterThan(0);
  return a.quantity !== b.quantity || a.updatedAt !== b.updatedAt;
}
