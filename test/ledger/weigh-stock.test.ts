import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { weighStock, type StandingEvent, type StockRule } from '../../src/domain/stock.ts';
import { anyRule, standing } from '../support/arbitrary-stock.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ connections: 2 });
});
afterAll(() => db.drop());

it('the database weighs as the code does', async () => {
  await fc.assert(
    fc.asyncProperty(anyRule, standing, async (rule, events) => {
      const id = await ruleIdOf(rule);
      const [row] = await db.sql<{ stock: string; quantity: number; lead_seq: string; shares: object[] }>(
        'SELECT * FROM weigh_stock($1, $2)',
        [id, JSON.stringify(events.map(asJson))],
      );
      const said = weighStock(rule, events);
      expect(row && { ...row, stock: Number(row.stock), lead_seq: Number(row.lead_seq) }).toEqual(
        said && {
          stock: said.stock,
          quantity: said.quantity,
          lead_seq: events.indexOf(said.lead),
          shares: said.shares.map(({ counts, why, ...share }) => {
            const event = events.find(
              ({ eventId, supplier }) => eventId === share.eventId && supplier === share.supplier,
            );
            if (!event) throw new Error('a share of no event');
            return {
              ...asJson(event, events.indexOf(event)),
              counts,
              why,
              ...('behind' in share && { behind: share.behind }),
            };
          }),
        },
      );
    }),
    { numRuns: 400 },
  );
});

const rules = new Map<string, number>();

async function ruleIdOf(rule: StockRule): Promise<number> {
  const key = JSON.stringify(rule);
  const known = rules.get(key);
  if (known !== undefined) return known;
  const { id } = await db.database.stockRule.create({
    data: {
      rule: rule.rule,
      supplierOrder: [...rule.order],
      supplierReserves: { ...rule.supplierReserves },
      reserve: rule.reserve,
      maxShown: rule.maxShown ?? null,
    },
  });
  rules.set(key, id);
  return id;
}

function asJson({ updatedAt, ...event }: StandingEvent, seq: number) {
  return { ...event, seq, updatedAtUs: Number(updatedAt) };
}
