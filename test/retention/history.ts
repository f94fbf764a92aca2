import fc from 'fast-check';
import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { beginPublishAttempt, finishPublishAttempt } from '../../src/ledger/publish-attempt.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { ManualFixError } from '../../src/manual/manual-supplier.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { contest } from '../support/arbitrary-events.ts';
import type { TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';
import type { Contender } from '../../src/domain/winner.ts';

/** What happens to a tenant's ledger, step by step. */
export type Step =
  | { does: 'arrive'; sku: string; event: Contender; old: boolean; answer: 'accepted' | 'rejected' | 'none' }
  | { does: 'again'; nth: number; conflict: boolean }
  | { does: 'malformed'; old: boolean }
  | { does: 'void'; nth: number };

/** When what is old was received. */
export const LONG_AGO = 1_700_000_000_000_000n;

const step = (events: readonly { sku: string; event: Contender }[]): fc.Arbitrary<Step[]> =>
  fc
    .tuple(
      fc.tuple(
        ...events.map((one) =>
          fc.record({
            does: fc.constant('arrive' as const),
            sku: fc.constant(one.sku),
            event: fc.constant(one.event),
            // Most are old.
            old: fc.nat(3).map((no) => no > 0),
            answer: fc.constantFrom(
              'accepted' as const,
              'accepted' as const,
              'rejected' as const,
              'none' as const,
            ),
          }),
        ),
      ),
      fc.array(
        fc.tuple(
          fc.nat(1_000),
          fc.oneof<fc.Arbitrary<Step>[]>(
            fc.record({ does: fc.constant('again' as const), nth: fc.nat(30), conflict: fc.boolean() }),
            fc.record({ does: fc.constant('malformed' as const), old: fc.boolean() }),
            fc.record({ does: fc.constant('void' as const), nth: fc.nat(30) }),
          ),
        ),
        { maxLength: 8 },
      ),
    )
    .map(([arrivals, others]) => {
      const steps: Step[] = [...arrivals];
      for (const [at, other] of others) steps.splice(1 + (at % steps.length), 0, other);
      return steps;
    });

/** Events of two items, most of them old, with what else happens to a ledger. */
export const history: fc.Arbitrary<Step[]> = fc
  .tuple(contest(14), contest(6))
  .chain(([chairs, lamps]) =>
    fc.shuffledSubarray(
      [
        ...chairs.map((event) => ({ sku: 'CHAIR', event: { ...event, eventId: `c/${event.eventId}` } })),
        ...lamps.map((event) => ({ sku: 'LAMP', event: { ...event, eventId: `l/${event.eventId}` } })),
      ],
      { minLength: chairs.length + lamps.length },
    ),
  )
  .chain(step);

/** Lets the steps happen, as workers would do it, one after the other. */
export async function live(db: TestDatabase, tenant: string, steps: readonly Step[]): Promise<void> {
  const arrived: Extract<Step, { does: 'arrive' }>[] = [];
  for (const [no, one] of steps.entries()) {
    if (one.does === 'arrive') {
      await arrive(db, tenant, one);
      arrived.push(one);
    } else if (one.does === 'malformed') {
      await record(db.database, tenant, 'acme', [
        { eventId: `bad-${no}`, sku: 'CHAIR !', quantity: 1, updatedAt: 5n },
      ]);
      const seq = await seqOf(db, tenant, 'acme', `bad-${no}`);
      await recordEventFailure(db.database, {
        seq: String(seq),
        failureMode: 'malformed_sku',
        detail: 'no SKU',
        patience: 0n,
      });
      if (one.old) await age(db, seq);
    } else {
      const target = arrived[one.nth % Math.max(arrived.length, 1)];
      if (!target) continue;
      if (one.does === 'again') await again(db, tenant, target, one.conflict);
      else await voidIt(db, tenant, target.event);
    }
  }
}

async function arrive(
  db: TestDatabase,
  tenant: string,
  { sku, event, old, answer }: Extract<Step, { does: 'arrive' }>,
): Promise<void> {
  const { supplier, eventId, quantity, updatedAt } = event;
  await record(db.database, tenant, supplier, [{ eventId, quantity, updatedAt, sku }]);
  const seq = await seqOf(db, tenant, supplier, eventId);
  await decide(db, tenant, sku, seq, answer);
  if (old) await age(db, seq);
}

/** Saves an event, and tells the storefront what there is to tell. */
export async function decide(
  db: TestDatabase,
  tenant: string,
  sku: string,
  seq: bigint,
  answer: 'accepted' | 'rejected' | 'none',
): Promise<void> {
  const itemId = `${tenant}:${sku}`;
  const { saved } = await saveCatalogItem(db.database, { seq: String(seq), itemId, sku });
  if (!saved.publish || saved.outcome !== 'won' || answer === 'none') return;
  const begun = await beginPublishAttempt(db.database, {
    seq: String(seq),
    itemId,
    version: saved.version,
    workflowId: `sync:${seq}`,
  });
  if (begun.verdict === 'send') {
    await finishPublishAttempt(db.database, { attemptId: begun.attemptId, status: answer, httpStatus: 200 });
  }
}

async function again(
  db: TestDatabase,
  tenant: string,
  { sku, event }: Extract<Step, { does: 'arrive' }>,
  conflict: boolean,
): Promise<void> {
  const { supplier, eventId, quantity, updatedAt } = event;
  await record(db.database, tenant, supplier, [
    { eventId, quantity: conflict ? quantity - 1 + 2 * Number(quantity === 0) : quantity, updatedAt, sku },
  ]);
}

/** @returns whether it could be voided */
export async function voidIt(db: TestDatabase, tenant: string, event: Contender): Promise<boolean> {
  const { supplier, eventId } = event;
  try {
    await voidEvent(db.database, { tenant, supplier, eventId, reason: 'wrong', actor: 'test' });
    return true;
  } catch (error) {
    if (error instanceof ManualFixError) return false;
    throw error;
  }
}

export async function seqOf(
  db: TestDatabase,
  tenant: string,
  supplier: string,
  eventId: string,
): Promise<bigint> {
  const { seq } = await db.database.supplierEvent.findUniqueOrThrow({
    where: { tenantId_supplierId_eventId: { tenantId: tenant, supplierId: supplier, eventId } },
    select: { seq: true },
  });
  return seq;
}

/** Makes an event one that was received long ago; what an accepted one has left to do, it has done. */
async function age(db: TestDatabase, seq: bigint): Promise<void> {
  await db.sql('UPDATE supplier_event SET received_at_us = $2 + seq WHERE seq = $1', [seq, LONG_AGO]);
}

/** What each event is now, and what the catalog says, by their names. */
export async function stateOf(db: TestDatabase, tenant: string) {
  const events = await db.sql<{ name: string; outcome: string; rule: string | null; decision_no: string }>(
    `SELECT supplier_id || '/' || event_id AS name, event_outcome(e) AS outcome, rule, decision_no
       FROM supplier_event e WHERE tenant_id = $1 ORDER BY seq`,
    [tenant],
  );
  const items = await db.sql('SELECT * FROM catalog_item WHERE tenant_id = $1 ORDER BY item_id', [tenant]);
  return { events: new Map(events.map(({ name, ...event }) => [name, event])), items };
}

/** What the traces of a tenant's events lack, where they lack anything. */
export async function gapsOf(db: TestDatabase, tenant: string): Promise<{ seq: bigint; gap: string }[]> {
  const rows = await db.sql<{ seq: string; gap: string }>(
    `SELECT e.seq, t.gap FROM supplier_event e
      CROSS JOIN LATERAL item_gap(e.item_id) i CROSS JOIN LATERAL trace_gap(e.seq, i.gap) t
      WHERE e.tenant_id = $1 AND t.gap IS NOT NULL ORDER BY e.seq`,
    [tenant],
  );
  return rows.map(({ seq, gap }) => ({ seq: BigInt(seq), gap }));
}
