import { afterEach, beforeEach, expect, it } from 'vitest';
import { traceSchema } from '../../src/http/routes/trace-schema.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { storyTeller, WEB_UI } from './story.ts';

let test: TestDatabase;
let story: ReturnType<typeof storyTeller>;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'zed']);
  story = storyTeller(test);
});
afterEach(() => test?.drop());

async function theTrace(key = 'CHAIR-01', page: object = {}): Promise<Trace> {
  const [found] = await findTraces(test.database, { key, ...page }, WEB_UI);
  if (!found) throw new Error(`no trace of ${key}`);
  expect(traceSchema.parse(found.trace)).toEqual(found.trace);
  return found.trace;
}

const voidOf = (eventId: string) =>
  voidEvent(test.database, {
    tenant: 'canary',
    supplier: 'acme',
    eventId,
    actor: 'ada',
    reason: 'wrong unit',
  });

it('a void is told with who, when and why, on the event, on itself, and on the version that it made', async () => {
  await story.save({ id: 'b', quantity: 2, updatedAt: '2026-06-01T10:00:02Z' });
  await story.save({ id: 'a', quantity: 1, updatedAt: '2026-06-01T10:00:01Z' });
  await story.save({ id: '0', quantity: 9, updatedAt: '2026-06-01T10:00:00Z' });
  const voided = await voidOf('b');
  const { answer, item, events, versions } = await theTrace();
  expect(item).toMatchObject({ eventId: 'a', version: 2 });
  expect(answer).toMatch(
    /the catalog says 1 \(version 2\), the figure of event a of acme, .*; it won: it beat 0 of acme, which is 1 s older\. Event b of acme, which had won, was voided by ada: wrong unit\./,
  );
  expect(versions[0]).toMatchObject({ rule: 'repaired', causedBy: { eventId: voided.eventId } });
  expect(events).toMatchObject([
    { eventId: voided.eventId, kind: 'void', outcome: 'applied', actor: 'ada', voids: { eventId: 'b' } },
    {
      eventId: '0',
      outcome: 'superseded',
      lostTo: { eventId: 'a' },
      rule: "older: updatedAt 10:00:00.000000 < 10:00:01.000000 of acme's event a; on arrival it lost to b of acme, voided since",
    },
    { eventId: 'a', outcome: 'won', rule: expect.stringMatching(/^greatest of those left: event b of acme/) },
    {
      eventId: 'b',
      outcome: 'voided',
      rule: expect.stringMatching(/^voided by ada at .*: wrong unit; before, it won, first/),
      voidedBy: { eventId: voided.eventId, actor: 'ada', reason: 'wrong unit' },
    },
  ]);
  expect((await theTrace('b')).answer).toMatch(/^Event b of acme .* is out of the contest: voided by ada/);
  expect((await theTrace(voided.eventId)).answer).toMatch(
    /is a void by ada: wrong unit\. It took event b of acme/,
  );
});

it('a correction is told with who and why', async () => {
  await story.save({ id: 'a' });
  const { eventId } = await correctItem(test.database, {
    tenant: 'canary',
    sku: 'chair-01',
    quantity: 3,
    actor: 'ada',
    reason: 'recounted',
  });
  const { seq } = await test.database.supplierEvent.findFirstOrThrow({ where: { eventId } });
  await saveCatalogItem(test.database, { seq: seq.toString(), itemId: 'canary:CHAIR-01', sku: 'CHAIR-01' });
  const { answer, events } = await theTrace();
  expect(answer).toContain('It is a correction by ada: recounted.');
  expect(events[0]).toMatchObject({ kind: 'correction', actor: 'ada', reason: 'recounted', outcome: 'won' });
});

it('a row that a hand altered or took away is told as such, and who wins by the ledger', async () => {
  await story.save({ id: 'b', quantity: 2, updatedAt: '2026-06-01T10:00:02Z' });
  await story.save({ id: 'a', quantity: 1, updatedAt: '2026-06-01T10:00:01Z' });
  await test.sql('UPDATE catalog_item SET quantity = 99');
  expect((await theTrace()).answer).toContain(
    'but that is not what the ledger says: event b of acme wins, with 2. A replay of that event repairs the item.',
  );
  await test.sql('DELETE FROM catalog_item');
  const { item, answer, events } = await theTrace();
  expect(item).toBeNull();
  expect(answer).toContain('event b of acme won it with 2: its row was taken away by hand');
  expect(events.map(({ outcome }) => outcome)).toEqual(['superseded', 'won']);
});

it('each further page has the versions and attempts of its own events', async () => {
  for (let index = 1; index <= 4; index += 1) {
    const seq = await story.save({ id: `e-${index}`, updatedAt: `2026-06-01T10:00:0${index}Z` });
    await story.publish(seq, 'canary:CHAIR-01', index, ['accepted', 200]);
  }
  const [first] = await findTraces(test.database, { key: 'CHAIR-01', limit: 2 }, WEB_UI);
  expect(first?.trace.versions.map(({ version }) => version)).toEqual([4, 3]);
  const second = await theTrace('CHAIR-01', { limit: 2, before: first?.olderBefore });
  expect(second.versions.map(({ version }) => version)).toEqual([2, 1]);
  expect(second.publishAttempts.map(({ version }) => version)).toEqual([2, 1]);
  expect(second.answer).toContain('It accepted version 4');
});

it('deliveries of an id are told one by one, and no more than ten', async () => {
  await story.save({ id: 'a' });
  for (let time = 0; time < 11; time += 1) await story.receive({ id: 'a' });
  await story.receive({ id: 'a', quantity: 99 });
  const [event] = (await theTrace()).events;
  expect([event?.duplicates, event?.conflicts]).toEqual([11, 1]);
  expect(event?.deliveries).toHaveLength(10);
  expect(event?.deliveries.map(({ conflict }) => conflict)).toEqual([true, ...Array(9).fill(false)]);
});
