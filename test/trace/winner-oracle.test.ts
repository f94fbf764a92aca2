import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { formatTime, mustParseTime } from '../../src/domain/time.ts';
import { compareContenders, decide, type Contender } from '../../src/domain/winner.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { ManualFixError } from '../../src/manual/manual-supplier.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { explainRule } from '../../src/trace/explain-rule.ts';
import { traceEvent } from '../../src/trace/find-trace.ts';
import type { TraceEvent } from '../../src/trace/trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { SAYING_WHY } from '../support/saying-why.ts';
import { WEB_UI } from './story.ts';

const EVENTS = 3_000;
const ITEMS = 60;
const LOOKS = 50;
const by = { actor: 'ada', reason: 'a property' };

/** What the events say in memory: each item's, the voided ones taken out. */
type Oracle = Map<string, Map<string, Contender & { voided: boolean }>>;

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase({ connections: 8 });
  await openTenant(test.database, 'canary', ['acme', 'globex', 'initech']);
});
afterAll(() => test?.drop());

it('the trace of any event names the winner of an oracle, and of each loser a rule that is true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
      const random = randomFrom(seed);
      const oracle = await shuffleIn(random, `R${seed}`);
      const voided = [...oracle.values()].flatMap((events) =>
        [...events.values()].filter((one) => one.voided),
      );
      expect(voided.length).toBeGreaterThan(EVENTS / 50);
      for (let look = 0; look < LOOKS; look += 1) {
        const [sku, events] = pick(random, [...oracle]);
        await checkTrace(sku, events, pick(random, [...events.values()]));
      }
    }),
    // One big shuffle: its seed is told when it fails.
    { numRuns: 1, ...SAYING_WHY },
  );
}, 240_000);

/** Saves events of few times and quantities, in random order and several at a time, with manual fixes between. */
async function shuffleIn(random: () => number, prefix: string): Promise<Oracle> {
  const oracle: Oracle = new Map();
  const start = mustParseTime('2026-06-01T10:00:00Z');
  const skus = Array.from({ length: ITEMS }, (_, index) => `${prefix}-${index}`);
  const incoming = Array.from({ length: EVENTS }, (_, no) => ({
    supplier: pick(random, ['acme', 'globex', 'initech']),
    eventId: `${prefix}/${no}`,
    sku: pick(random, skus),
    quantity: Math.floor(random() * 5),
    updatedAt: start + BigInt(Math.floor(random() * 40)),
  }));
  for (const supplier of ['acme', 'globex', 'initech']) {
    await record(
      test.database,
      'canary',
      supplier,
      incoming.filter((event) => event.supplier === supplier),
    );
  }
  const ledger = await test.database.supplierEvent.findMany({ where: { sku: { in: skus } } });
  const queue = shuffled(random, ledger);
  const lane = async (): Promise<void> => {
    for (let row = queue.pop(); row; row = queue.pop()) {
      await decideEvent(oracle, row.sku, {
        supplier: row.supplierId,
        eventId: row.eventId,
        quantity: row.quantity,
        updatedAt: row.updatedAtUs,
      });
      if (random() < 0.02) await correct(oracle, row.sku, start + BigInt(Math.floor(random() * 45)), random);
      if (random() < 0.1) await voidOne(oracle, row.sku, random);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return oracle;
}

async function decideEvent(oracle: Oracle, sku: string, event: Contender): Promise<void> {
  const { supplier, eventId } = event;
  const { seq } = await test.database.supplierEvent.findUniqueOrThrow({
    where: { tenantId_supplierId_eventId: { tenantId: 'canary', supplierId: supplier, eventId } },
  });
  const request = { seq: seq.toString(), itemId: `canary:${sku}`, sku };
  const { saved } = await saveCatalogItem(test.database, request);
  const events = oracle.get(sku) ?? new Map();
  oracle.set(sku, events.set(`${supplier}/${eventId}`, { ...event, voided: saved.outcome === 'voided' }));
}

async function correct(oracle: Oracle, sku: string, updatedAt: bigint, random: () => number): Promise<void> {
  const quantity = Math.floor(random() * 5);
  const fix = await correctItem(test.database, { tenant: 'canary', sku, quantity, updatedAt, ...by });
  await decideEvent(oracle, sku, { supplier: 'manual', eventId: fix.eventId, quantity, updatedAt });
}

/** Mostly the winner, for a void of it is what changes things. */
async function voidOne(oracle: Oracle, sku: string, random: () => number): Promise<void> {
  const events = [...(oracle.get(sku)?.values() ?? [])];
  const target = random() < 0.7 ? winnerOf(events) : pick(random, events);
  if (!target) return;
  try {
    const { supplier, eventId } = target;
    await voidEvent(test.database, { tenant: 'canary', supplier, eventId, ...by });
    oracle.get(sku)?.set(`${supplier}/${eventId}`, { ...target, voided: true });
  } catch (error) {
    // The last one stays, and so does one that was voided before.
    if (!(error instanceof ManualFixError)) throw error;
  }
}

async function checkTrace(
  sku: string,
  events: ReadonlyMap<string, Contender & { voided: boolean }>,
  asked: Contender & { voided: boolean },
): Promise<void> {
  const found = await traceEvent(
    test.database,
    { tenant: 'canary', supplier: asked.supplier, eventId: asked.eventId, limit: 1_000 },
    WEB_UI,
  );
  const trace = found?.trace;
  const best = winnerOf([...events.values()]);
  if (!trace || !best) throw new Error(`${sku} has no trace, or no winner`);
  expect(trace.item).toMatchObject({
    supplier: best.supplier,
    eventId: best.eventId,
    quantity: best.quantity,
    updatedAt: formatTime(best.updatedAt),
  });
  expect(trace.answer).toContain(`event ${best.eventId} of ${best.supplier}`);
  expect(trace.versions[0]).toMatchObject({ version: trace.item?.version, quantity: best.quantity });

  const contenders = trace.events.filter(({ kind }) => kind !== 'void');
  expect(contenders).toHaveLength(events.size);
  for (const told of contenders) {
    const event = events.get(nameOf(told));
    if (!event) throw new Error(`${nameOf(told)} is not one of the item's events`);
    expect(told.outcome).toBe(event.voided ? 'voided' : event === best ? 'won' : 'superseded');
    if (told.outcome === 'superseded') checkLoser(told, event, events);
  }
  const voided = [...events.values()].filter((event) => event.voided).map(nameOf);
  const targets = trace.events.flatMap(({ voids }) => (voids ? [nameOf(voids)] : []));
  expect(targets.toSorted()).toEqual(voided.toSorted());
}

/** The event that is named beats the loser, still stands, and the rule's words and figures are those of the two. */
function checkLoser(
  told: TraceEvent,
  event: Contender,
  events: ReadonlyMap<string, Contender & { voided: boolean }>,
): void {
  const rival = told.lostTo && events.get(nameOf(told.lostTo));
  if (!rival) throw new Error(`${nameOf(told)} lost to nobody`);
  expect(rival.voided).toBe(false);
  expect(compareContenders(rival, event)).toBeGreaterThan(0);
  expect(told.rule).toContain(explainRule(decide(rival, event).rule, event, rival));
}

function winnerOf<T extends Contender & { voided: boolean }>(events: readonly T[]): T | undefined {
  return events
    .filter(({ voided }) => !voided)
    .toSorted(compareContenders)
    .at(-1);
}

function nameOf({ supplier, eventId }: { supplier: string; eventId: string }): string {
  return `${supplier}/${eventId}`;
}

/** https://en.wikipedia.org/wiki/Linear_congruential_generator, with the figures of Numerical Recipes. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick<T>(random: () => number, list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

function shuffled<T>(random: () => number, list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ one }) => one);
}
