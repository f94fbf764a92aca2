import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderTrace } from '../../src/cli/trace/render-trace.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import type { StockRuleName } from '../../src/domain/stock.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { saveEvent } from '../support/ledger.ts';
import { storyTeller, WEB_UI } from './story.ts';

let test: TestDatabase;
let story: ReturnType<typeof storyTeller>;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'globex', MANUAL_SUPPLIER]);
  story = storyTeller(test);
});
afterEach(() => test?.drop());

async function goBy(
  rule: StockRuleName,
  more: { reserve?: number; supplierOrder?: string[]; supplierReserves?: Record<string, number> } = {},
): Promise<void> {
  const { id } = await test.database.stockRule.create({ data: { tenantId: 'canary', rule, ...more } });
  await test.database.tenant.update({ where: { id: 'canary' }, data: { stockRuleId: id } });
}

async function trace(key = 'CHAIR-01'): Promise<Trace> {
  const [found] = await findTraces(test.database, { key, tenant: 'canary' }, WEB_UI);
  if (!found) throw new Error(`no trace of ${key}`);
  return found.trace;
}

const acme = { id: 'e-17', quantity: 5, updatedAt: '2026-06-01T10:00:00Z' };
const globex = { id: 'g-3', supplier: 'globex', quantity: 6, updatedAt: '2026-06-01T10:00:01Z' };

describe('a trace under a stock rule', () => {
  it('begins with what the item is made of, and lists the shares', async () => {
    await goBy('sum', { reserve: 2 });
    await story.save(acme);
    await story.save(globex);
    const { answer, item, events } = await trace();
    expect(answer).toMatch(/^canary:CHAIR-01 is 9: acme 5 \(e-17\) \+ globex 6 \(g-3\) − 2 kept back\. /);
    expect(item).toMatchObject({
      quantity: 9,
      version: 2,
      rule: 'sum',
      stock: 11,
      reserve: 2,
      eventId: 'g-3',
    });
    expect(item?.shares).toMatchObject([
      { supplier: 'globex', eventId: 'g-3', quantity: 6, location: '', counts: true, why: 'counts' },
      { supplier: 'acme', eventId: 'e-17', quantity: 5, location: '', counts: true, why: 'counts' },
    ]);
    expect(events.map(({ eventId, outcome, rule }) => [eventId, outcome, rule])).toEqual([
      ['g-3', 'won', 'first: globex said nothing of it before'],
      ['e-17', 'won', 'first: acme said nothing of it before'],
    ]);
  });

  it('says of each share what is kept back of its supplier, in versions too', async () => {
    await goBy('sum', { supplierReserves: { acme: 3 } });
    await story.save(acme);
    await story.save(globex);
    const { item, versions } = await trace();
    expect(item).toMatchObject({ quantity: 8, stock: 8 });
    for (const shares of [item?.shares, versions[0]?.shares]) {
      expect(shares?.map(({ why }) => why)).toEqual(['counts', 'counts; 3 kept back of all that acme has']);
    }
  });

  it('does not say that something is kept back of what was corrected by hand', async () => {
    await goBy('sum', { reserve: 2 });
    await story.save(acme);
    const before = renderTrace(await trace(), { colour: false });
    expect(before).toContain('Figures, by the rule sum, 2 kept back');
    await story.save({
      ...globex,
      id: 'c-1',
      supplier: MANUAL_SUPPLIER,
      quantity: 7,
      updatedAt: '2026-06-01T10:00:02Z',
    });
    const after = renderTrace(await trace(), { colour: false });
    expect(after).toContain('Figures, corrected by hand\n');
    expect(after).not.toContain('2 kept back\n');
  });

  it('says of an event that stands behind another behind which, and of one that was overtaken by which', async () => {
    await goBy('priority', { supplierOrder: ['acme'] });
    await story.save({ ...acme, id: 'e-16', quantity: 4, updatedAt: '2026-06-01T09:00:00Z' });
    await story.save(acme);
    await story.save(globex);
    const { answer, events } = await trace('g-3');
    expect(answer).toMatch(
      /^Event g-3 of globex .* lost to event e-17 of acme \(stands behind acme\)\. canary:CHAIR-01 is 5: /,
    );
    expect(events.map(({ eventId, outcome, rule }) => [eventId, outcome, rule])).toEqual([
      ['g-3', 'superseded', 'stands behind acme'],
      ['e-17', 'won', "newer: updatedAt 10:00:00.000000 > 09:00:00.000000 of acme's event e-16"],
      [
        'e-16',
        'superseded',
        "overtaken, older: updatedAt 09:00:00.000000 < 10:00:00.000000 of acme's event e-17",
      ],
    ]);
  });

  it('says of an event that lost to another supplier before there was a rule why it counts, and who overtook it', async () => {
    await story.save(globex);
    await story.save(acme);
    await goBy('sum');
    await test.sql("SELECT repair_catalog_item('canary:CHAIR-01', 'CHAIR-01', NULL)");
    expect((await trace()).answer).toMatch(/^canary:CHAIR-01 is 11: acme 5 \(e-17\) \+ globex 6 \(g-3\)/);
    const lost = "older: updatedAt 10:00:00.000000 < 10:00:01.000000 of globex's event g-3";
    expect((await trace()).events.find(({ eventId }) => eventId === 'e-17')).toMatchObject({
      outcome: 'won',
      rule: `counts by the rule sum; on arrival it lost, ${lost}`,
      lostTo: null,
    });

    await story.save({ ...acme, id: 'e-18', updatedAt: '2026-06-01T10:00:09Z' });
    expect((await trace()).events.find(({ eventId }) => eventId === 'e-17')).toMatchObject({
      outcome: 'superseded',
      rule:
        "older: updatedAt 10:00:00.000000 < 10:00:09.000000 of acme's event e-18; " +
        'on arrival it lost to g-3 of globex',
      lostTo: { supplier: 'acme', eventId: 'e-18' },
    });
  });

  it('names once what beat an event on arrival, and still stands', async () => {
    await story.save(acme);
    await story.save({ ...acme, id: 'e-16', updatedAt: '2026-06-01T09:00:00Z' });
    await story.save(globex);
    await goBy('sum');
    expect((await trace()).events.find(({ eventId }) => eventId === 'e-16')).toMatchObject({
      rule: "older: updatedAt 09:00:00.000000 < 10:00:00.000000 of acme's event e-17",
      lostTo: { supplier: 'acme', eventId: 'e-17' },
    });
  });

  it('says of a correction which event ended it', async () => {
    await goBy('sum');
    await saveEvent(test, 'canary', 'CHAIR-01', {
      ...{ supplier: MANUAL_SUPPLIER, eventId: 'c-1', quantity: 3, location: '' },
      updatedAt: mustParseTime('2026-06-01T09:00:00Z'),
    });
    await story.save(acme);
    expect((await trace()).events.find(({ eventId }) => eventId === 'c-1')).toMatchObject({
      outcome: 'superseded',
      rule: 'over: a supplier said something newer',
      lostTo: { supplier: 'acme', eventId: 'e-17' },
    });
  });

  it('says what a row would have to say that was altered by hand', async () => {
    await goBy('sum');
    await story.save(acme);
    await story.save(globex);
    await test.sql("UPDATE catalog_item SET quantity = 99 WHERE item_id = 'canary:CHAIR-01'");
    const { answer } = await trace();
    expect(answer).toContain(
      'the catalog says 99 (version 2), but that is not what the ledger says: canary:CHAIR-01 is 11: acme 5 (e-17) + globex 6 (g-3).',
    );
  });

  it('of a plain item lists what each supplier says, too', async () => {
    await story.save(acme);
    await story.save(globex);
    const { answer, item } = await trace();
    expect(answer).toMatch(
      /^canary:CHAIR-01: the catalog says 6 \(version 2\), the figure of event g-3 of globex/,
    );
    expect(item).toMatchObject({ rule: 'newest', stock: 6, reserve: 0, maxShown: null });
    expect(item?.shares.map(({ eventId, counts, why }) => [eventId, counts, why])).toEqual([
      ['g-3', true, 'counts'],
      ['e-17', false, 'stands behind globex'],
    ]);
  });
});
