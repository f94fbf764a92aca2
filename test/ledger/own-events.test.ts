import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { fateInWords } from '../../src/domain/fate.ts';
import { findOwnEvent, listOwnEvents, ownFigures } from '../../src/ledger/own-events.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { goBy, saveEvent } from '../support/ledger.ts';

const BEGAN = seconds(1_780_000_000);
const RULES = ['newest', 'priority', 'lowest', 'sum'] as const;

let test: TestDatabase;
let tenants = 0;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

const step = fc.record({
  supplier: fc.constantFrom('acme', 'acme', 'rival', 'zebra'),
  quantity: fc.integer({ min: -1, max: 4 }),
  second: fc.integer({ min: 0, max: 6 }),
  location: fc.constantFrom('', '', 'west'),
  isVoided: fc.boolean(),
});
interface Step {
  supplier: string;
  quantity: number;
  second: number;
  location: string;
  isVoided: boolean;
}

/** A tenant whose suppliers do all that, one after the other; what acme is told then. */
async function toldOf(steps: readonly Step[], rule: (typeof RULES)[number]): Promise<unknown> {
  const tenant = `t-${(tenants += 1)}`;
  await openTenant(test.database, tenant, ['acme', 'rival', 'zebra']);
  await goBy(test.database, tenant, { rule, order: ['zebra', 'rival', 'acme'] });
  for (const [no, { supplier, quantity, second, location, isVoided }] of steps.entries()) {
    const before = steps.slice(0, no).filter((one) => one.supplier === supplier).length;
    const eventId = `${supplier}-${before}`;
    const updatedAt = BEGAN + seconds(second);
    await saveEvent(test, tenant, 'CHAIR', { supplier, eventId, quantity, updatedAt, location });
    // The first stays: without any there would be nothing to show, and none may be taken out.
    if (isVoided && before > 0)
      await voidEvent(test.database, { tenant, supplier, eventId, actor: 'ada', reason: 'x' });
  }
  const owner = { tenant, supplier: 'acme' };
  const events = await listOwnEvents(test.database, owner, { before: undefined, limit: 100 });
  const [first] = events;
  const found = first && (await findOwnEvent(test.database, owner, first.eventId));
  expect(found).toEqual(first);
  return {
    events: events.map(({ seq: _seq, receivedAt: _receivedAt, ...event }) => ({
      ...event,
      words: fateInWords(event.fate, { ...event, detail: event.failureDetail }),
    })),
    figures: first && (await ownFigures(test.database, owner, first.seq)),
  };
}

it('what a supplier is told of its events is the same without its rivals, by every stock rule', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 10 }),
      fc.constantFrom(...RULES),
      async (steps, rule) => {
        const own = steps.filter(({ supplier }) => supplier === 'acme');
        expect(await toldOf(steps, rule)).toEqual(await toldOf(own, 'newest'));
      },
    ),
    { numRuns: 20 },
  );
});
