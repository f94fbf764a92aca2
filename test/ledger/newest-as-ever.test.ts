import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEWEST } from '../../src/domain/stock.ts';
import { compareContenders, decide, type Contender } from '../../src/domain/winner.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { ManualFixError } from '../../src/manual/manual-supplier.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { deedsOf, plainHappenings, type Deed } from '../support/arbitrary-stock-history.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { Happened } from '../support/stock-oracle.ts';
import { openShop, recordItem, type RecordedItem } from '../support/stock-shop.ts';

/** The full size: NEWEST_RUNS=500 npx vitest run test/ledger/newest-as-ever.test.ts */
const RUNS = Number(process.env.NEWEST_RUNS ?? 10);
const RUN_MS = 3_000;

let db: TestDatabase;
let items = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 2 });
  await openShop(db, 'shop', NEWEST);
});
afterAll(() => db.drop());

it(
  'without a stock rule, locations and expiries all events of an item meet in one contest',
  { timeout: 100_000 + RUNS * RUN_MS },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        plainHappenings.chain((events) => fc.tuple(fc.constant(events), deedsOf(events))),
        async ([events, deeds]) => {
          items += 1;
          const item = await recordItem(db, 'shop', `CHAIR-${items}`, events);
          const contest = new Contest();
          for (const deed of deeds) {
            const expected = contest.after(deed);
            expect([deed, await outcomeOf(item, deed)]).toEqual([deed, expected]);
          }
          const weighed = await db.sql(
            `SELECT 1 FROM supplier_event e LEFT JOIN catalog_item_version v USING (item_id)
            WHERE e.item_id = $1 AND (e.stock_rule_id IS NOT NULL OR v.stock_rule_id IS NOT NULL
                                      OR v.stock IS NOT NULL OR v.shares IS NOT NULL)`,
            [item.itemId],
          );
          expect(weighed).toEqual([]);
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

/** The contest as src/domain/winner.ts decides it, event by event. */
class Contest {
  private readonly decided = new Map<Happened, object>();
  private readonly gone = new Set<Happened>();
  private winner: Happened | undefined;
  private version = 0;

  after({ does, event }: Deed): object {
    return does === 'void' ? this.takeOut(event) : this.save(event);
  }

  private save(event: Happened): object {
    const before = this.decided.get(event);
    if (before) return before;
    if (this.gone.has(event)) return { outcome: 'voided' };
    const decision = decide(this.winner && asContender(this.winner), asContender(event));
    if (decision.outcome === 'won') {
      const changes = decision.newVersion && !looksTheSame(this.winner, event);
      if (changes) this.version += 1;
      this.winner = event;
    }
    const { outcome, rule } = decision;
    const said = { outcome, rule, ...(outcome === 'won' && { version: this.version }) };
    this.decided.set(event, said);
    return said;
  }

  private takeOut(event: Happened): object {
    const others = [...this.decided.keys()].filter((other) => other !== event && !this.gone.has(other));
    if (this.decided.has(event) && others.length === 0) return { refused: true };
    this.gone.add(event);
    const [next] = others.toSorted((a, b) => compareContenders(asContender(b), asContender(a)));
    if (event !== this.winner) return { version: null };
    this.winner = next;
    if (looksTheSame(event, next)) return { version: null };
    this.version += 1;
    return { version: this.version };
  }
}

async function outcomeOf(item: RecordedItem, { does, event }: Deed): Promise<object> {
  const { tenant, itemId, sku, prefix } = item;
  const { supplier, eventId } = event;
  if (does === 'void') {
    try {
      const request = { tenant, supplier, eventId: prefix + eventId, reason: 'wrong', actor: 'ada' };
      return { version: (await voidEvent(db.database, request)).version };
    } catch (error) {
      if (error instanceof ManualFixError) return { refused: true };
      throw error;
    }
  }
  const seq = String(item.seqs.get(event));
  await saveCatalogItem(db.database, { seq, itemId, sku });
  const row = await db.database.supplierEvent.findUniqueOrThrow({ where: { seq: BigInt(seq) } });
  if (row.decision === 'voided') return { outcome: 'voided' };
  return {
    outcome: row.decision,
    rule: row.rule,
    ...(row.decision === 'won' && { version: row.version }),
  };
}

/** What is below nothing shows as nothing. */
function looksTheSame(one: Happened | undefined, other: Happened | undefined): boolean {
  return (
    one !== undefined &&
    other !== undefined &&
    one.updatedAtUs === other.updatedAtUs &&
    Math.max(0, one.quantity) === Math.max(0, other.quantity)
  );
}

function asContender({ supplier, eventId, quantity, updatedAtUs }: Happened): Contender {
  return { supplier, eventId, quantity, updatedAt: updatedAtUs };
}
