import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderTrace } from '../../src/cli/trace/render-trace.ts';
import { SAME_MOMENT } from '../../src/domain/same-moment.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { WEB_UI } from './story.ts';

const at = mustParseTime('2026-06-01T10:00:00.123456Z');
const EVENT = { sku: 'CHAIR', quantity: 5, updatedAt: at };

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'globex']);
});
afterEach(() => test?.drop());

const decideAll = () =>
  test.sql(`SELECT save_catalog_item(seq, 'canary:CHAIR', 'CHAIR', NULL) FROM supplier_event ORDER BY seq`);

async function traceOf(key: string): Promise<Trace> {
  const [found] = await findTraces(test.database, { key }, WEB_UI);
  if (!found) throw new Error(`no trace of ${key}`);
  return found.trace;
}

const warningsOf = async (): Promise<Record<string, string | null>> =>
  Object.fromEntries((await traceOf('CHAIR')).events.map(({ eventId, warning }) => [eventId, warning]));

describe('a trace', () => {
  it('tells of an event what was sent: location, moment, and what a quantity below 0 means', async () => {
    const updatedAtSent = '2026-06-01T12:00:00.123456789+02:00';
    await record(test.database, 'canary', 'acme', [
      { eventId: 'e-1', ...EVENT, quantity: -3, location: 'WH-1', updatedAtSent },
    ]);
    const trace = await traceOf('e-1');
    expect(trace.events).toMatchObject([
      {
        quantity: -3,
        location: 'WH-1',
        updatedAt: '2026-06-01T10:00:00.123456Z',
        updatedAtSent,
        warning: null,
      },
    ]);
    expect(trace.answer).toContain('quantity -3 (oversold by 3, counts as 0)');
    const text = renderTrace(trace, { colour: false }).replaceAll(/\s+/g, ' ');
    expect(text).toContain('e-1 of acme, location WH-1, quantity -3 (oversold by 3, counts as 0), SKU CHAIR');
    expect(text).toContain(`sent as ${updatedAtSent}; compared to the microsecond`);
  });

  it('finds an item by look-alikes of its SKU, decided or not', async () => {
    await record(test.database, 'canary', 'acme', [{ eventId: 'e-1', ...EVENT, sku: 'caf\u00e9\u200b' }]);
    for (const key of ['caf\u00e9', 'cafe\u0301', 'CAF\u00c9', 'caf\u00e9\ufeff'])
      expect((await traceOf(key)).events).toMatchObject([{ eventId: 'e-1' }]);
    await test.sql(
      `SELECT save_catalog_item(seq, 'canary:CAF\u00c9', 'CAF\u00c9', NULL) FROM supplier_event`,
    );
    for (const key of ['cafe\u0301', 'canary:caf\u00e9\u00ad'])
      expect((await traceOf(key)).item).toMatchObject({ itemId: 'canary:CAF\u00c9' });
  });

  it('warns of events for one moment that came in one delivery and name no location', async () => {
    await record(test.database, 'canary', 'acme', [
      { eventId: 'a', ...EVENT },
      { eventId: 'b', ...EVENT, quantity: 6 },
      { eventId: 'later', ...EVENT, updatedAt: at + 1n },
    ]);
    await record(test.database, 'canary', 'acme', [{ eventId: 'another-delivery', ...EVENT }]);
    await record(test.database, 'canary', 'globex', [{ eventId: 'of-another', ...EVENT }]);
    await decideAll();
    const none = { 'another-delivery': null, later: null, 'of-another': null };
    expect(await warningsOf()).toEqual({ a: SAME_MOMENT, b: SAME_MOMENT, ...none });
    const text = renderTrace(await traceOf('CHAIR'), { colour: false }).replaceAll(/\s+/g, ' ');
    expect(text).toContain(`warning: ${SAME_MOMENT}`);
  });

  it('warns of none that name their locations', async () => {
    await record(test.database, 'canary', 'acme', [
      { eventId: 'a', ...EVENT, location: 'A' },
      { eventId: 'b', ...EVENT, quantity: 6, location: 'B' },
      { eventId: 'c', ...EVENT, quantity: 7 },
    ]);
    await decideAll();
    expect(await warningsOf()).toEqual({ a: null, b: null, c: null });
  });
});
