import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderTrace } from '../../src/cli/trace/render-trace.ts';
import { MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { TraceItem, TraceShare } from '../../src/trace/trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { goBy, saveEvent } from '../support/ledger.ts';
import { readAtAGlance } from './read-at-a-glance.ts';
import { WEB_UI } from './story.ts';

const SUPPLIERS = ['acme', 'globex-wholesale', 'hooli', 'initech', 'umbrella-europe'];
const LOCATIONS = ['', 'north', 'south', 'WH-17'];
const ITEMS = 50;
const TEN = mustParseTime('2026-06-01T10:00:00Z');
const SEED = 20_260_601;

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
  for (const tenant of ['sum', 'priority']) {
    await openTenant(db.database, tenant, [...SUPPLIERS, MANUAL_SUPPLIER]);
    await goBy(db.database, tenant, {
      rule: tenant as 'sum' | 'priority',
      order: tenant === 'priority' ? ['hooli', 'acme'] : [],
      reserve: 2,
      maxShown: 90,
      supplierReserves: { acme: 3 },
    });
  }
});
afterAll(() => db.drop());

/** Up to eight events of an item, some with ids of a machine, some out of order, some corrections. */
async function happen(tenant: string, sku: string, random: ReturnType<typeof createRandom>): Promise<void> {
  for (let no = random.int(1, 8); no > 0; no -= 1) {
    const supplier = random.chance(0.07) ? MANUAL_SUPPLIER : random.pick(SUPPLIERS);
    const machine = random.chance(0.6);
    await saveEvent(db, tenant, sku, {
      supplier,
      eventId: machine ? `${sku}-0198f2c1-7c1e-7b52-9d4e-${String(no).padStart(12, '0')}` : `${sku}/${no}`,
      quantity: supplier !== MANUAL_SUPPLIER && random.chance(0.1) ? -random.int(1, 9) : random.int(0, 40),
      updatedAt: TEN + BigInt(random.int(0, 60)) * 1_000_000n,
      location: supplier === MANUAL_SUPPLIER ? '' : random.pick(LOCATIONS),
    });
  }
}

async function traceOf(tenant: string, sku: string): Promise<{ item: TraceItem; head: string }> {
  const [found] = await findTraces(db.database, { key: sku, tenant }, WEB_UI);
  if (!found?.trace.item) throw new Error(`no item ${tenant}:${sku}`);
  const lines = renderTrace(found.trace, { colour: false }).split('\n');
  return { item: found.trace.item, head: lines.slice(0, 3).join(' ') };
}

describe('the first three lines of a trace', () => {
  it.each(['sum', 'priority'])(
    `say of ${ITEMS} random items by the rule %s what they are and what they are made of`,
    async (tenant) => {
      const random = createRandom(SEED);
      for (let no = 1; no <= ITEMS; no += 1) {
        const sku = `ITEM-${no}`;
        await happen(tenant, sku, random);
        const { item, head } = await traceOf(tenant, sku);
        const read = readAtAGlance(head);
        expect({ head, itemId: read.itemId, quantity: read.quantity }).toEqual({
          head,
          itemId: item.itemId,
          quantity: item.quantity,
        });
        expect([head, read.comesTo]).toEqual([head, item.quantity]);
        if (read.correction !== undefined) {
          expect(item.eventId).toSatisfy((id: string) => fits(read.correction ?? '', id));
          continue;
        }
        const counting = item.shares.filter(({ counts }) => counts);
        expect([head, read.keptBack]).toEqual([head, counting.length === 0 ? 0 : item.reserve]);
        expect(read.figures.map(({ supplier, figure }) => [supplier, figure])).toEqual(figuresOf(counting));
        for (const { supplier, eventIds } of read.figures) {
          const own = counting.filter((share) => share.supplier === supplier);
          expect(eventIds.filter((said) => !own.some(({ eventId }) => fits(said, eventId)))).toEqual([]);
        }
      }
    },
  );
});

function figuresOf(counting: readonly TraceShare[]): [supplier: string, figure: number][] {
  const suppliers = [...new Set(counting.map(({ supplier }) => supplier))].toSorted();
  return suppliers.map((supplier) => [
    supplier,
    counting
      .filter((share) => share.supplier === supplier)
      .reduce((sum, { quantity }) => sum + Math.max(0, quantity), 0),
  ]);
}

/** Whether what was said is an id, or both of its ends. */
function fits(said: string, eventId: string): boolean {
  const [head = '', tail] = said.split('…');
  return tail === undefined ? said === eventId : eventId.startsWith(head) && eventId.endsWith(tail);
}
