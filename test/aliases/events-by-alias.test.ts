import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainConflicts } from '../../src/intake/explain-conflict.ts';
import { predictReplay } from '../../src/replay/predict-replay.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { removeAliases } from '../../src/aliases/change-aliases.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { changeRule } from '../support/stock-rule.ts';
import { alias, arrive, BY, decideDue, events, figures, TENANT } from './alias-world.ts';

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, TENANT, ['acme', 'globex']);
});
afterEach(() => test?.drop());

const GTIN = '4006381333931';

describe('an event of a code that has an alias', () => {
  it('is of its SKU, in pieces; what was sent stands beside the alias', async () => {
    expect(await alias(test, ['4711 chair-01 12', `0${GTIN} DESK`])).toEqual({
      ...{ added: 2, changed: 0, unchanged: 0, released: 0 },
    });
    await arrive(test, 'e-1', ['4711', 3]);
    await arrive(test, 'e-2', [GTIN, 5]);
    await arrive(test, 'e-3', ['LAMP', 7]);
    expect(await figures(test)).toEqual({ 'CHAIR-01': 36, DESK: 5, LAMP: 7 });
    expect(await events(test)).toMatchObject([
      { id: 'e-1', sku: 'CHAIR-01', quantity: 36, outcome: 'won', gap: null },
      { id: 'e-2', sku: 'DESK', quantity: 5, outcome: 'won', gap: null },
      { id: 'e-3', sku: 'LAMP', quantity: 7, outcome: 'won', gap: null },
    ]);
    expect(await test.database.eventCode.findMany({ orderBy: { seq: 'asc' } })).toMatchObject([
      { code: '4711', quantity: 3, sku: 'CHAIR-01', factor: 12, waitedUntilUs: null },
      { code: GTIN, codeKey: `0${GTIN}`, quantity: 5, sku: 'DESK', factor: 1 },
    ]);
  });

  it('says so in its trace', async () => {
    await alias(test, ['4711 CHAIR-01 12']);
    await arrive(test, 'e-1', ['4711', 3]);
    await decideDue(test);
    const [found] = await findTraces(
      test.database,
      { key: 'CHAIR-01', tenant: TENANT },
      { temporalUiUrl: 'http://ui.test', namespace: 'x' },
    );
    expect(found?.trace.events).toMatchObject([
      {
        quantity: 36,
        alias: expect.stringMatching(
          /^acme's code 4711 is CHAIR-01 by the alias of \d{4}-\d\d-\d\d \(× 12: it said 3\)$/,
        ),
      },
    ]);
  });

  it('is found by its code', async () => {
    await alias(test, [`${GTIN} DESK`]);
    await arrive(test, 'e-1', [GTIN, 3]);
    await decideDue(test);
    const found = await findTraces(
      test.database,
      { key: `0${GTIN}`, tenant: TENANT },
      { temporalUiUrl: 'http://ui.test', namespace: 'x' },
    );
    expect(found.map(({ trace }) => trace.item?.sku)).toEqual(['DESK']);
  });

  it('stays a duplicate, or a conflict by what was sent, after its alias has changed', async () => {
    await alias(test, ['4711 CHAIR-01 12']);
    await arrive(test, 'e-1', ['4711', 3]);
    await decideDue(test);
    for (const change of [['4711 CHAIR-02 6'], ['4711 CHAIR-02 1']]) {
      expect((await alias(test, change)).changed).toBe(1);
      expect(await arrive(test, 'e-1', ['4711', 3])).toMatchObject([{ status: 'duplicate' }]);
      expect(await arrive(test, 'e-1', ['CHAIR-01', 36])).toMatchObject([{ status: 'conflict' }]);
    }
    await removeAliases(test.as('operator'), { tenant: TENANT, supplier: 'acme' }, ['4711'], BY);
    expect(await arrive(test, 'e-1', ['4711', 3])).toMatchObject([{ status: 'duplicate' }]);
    expect(await figures(test)).toEqual({ 'CHAIR-01': 36 });
    const delivered = { eventId: 'e-1', sku: '4711', quantity: 4, updatedAt: 1n, location: '', pointer: '' };
    expect(await explainConflicts(test.database, { tenant: TENANT, supplier: 'acme' }, [delivered])).toEqual([
      [{ pointer: '/quantity', detail: 'was 3 when this id was first received' }],
    ]);
  });

  it('keeps the alias by which it came; a replay decides nothing else', async () => {
    await alias(test, ['4711 CHAIR-01 12']);
    await arrive(test, 'e-1', ['4711', 3]);
    await decideDue(test);
    await alias(test, ['4711 CHAIR-02 6']);
    await arrive(test, 'e-2', ['4711', 3, 2n]);
    expect(await figures(test)).toEqual({ 'CHAIR-01': 36, 'CHAIR-02': 18 });
    const window = {
      tenant: TENANT,
      by: 'updated_at',
      since: 0n,
      until: 100n,
      asOf: 9_000_000_000_000_000n,
    } as const;
    const predicted = await predictReplay(test.database, window, { rejected: () => {}, item: () => {} });
    expect(predicted).toMatchObject({ events: 2, items: { publish_only: 2 }, rejected: 0 });
    expect((await events(test)).map(({ gap }) => gap)).toEqual([null, null]);
  });

  it('is met by those of other suppliers under codes of their own', async () => {
    await alias(test, ['4711 CHAIR 12']);
    await alias(test, [`${GTIN} CHAIR`], { supplier: 'globex' });
    await changeRule(test.database, { rule: 'sum' });
    await test.sql("UPDATE replay SET state = 'completed', finished_at_us = now_us()");
    await test.sql('UPDATE tenant SET stock_rule_before = NULL');
    await arrive(test, 'a-1', ['4711', 2, 5n]);
    await arrive(test, 'g-1', [GTIN, 5, 3n], 'globex');
    expect(await figures(test)).toEqual({ CHAIR: 29 });
    await arrive(test, 'a-2', ['4711', 1, 6n]);
    expect(await figures(test)).toEqual({ CHAIR: 17 });
    expect((await events(test)).map(({ gap }) => gap)).toEqual([null, null, null]);
  });

  it('is none of another supplier', async () => {
    await alias(test, ['4711 CHAIR 12']);
    await arrive(test, 'g-1', ['4711', 5], 'globex');
    expect(await figures(test)).toEqual({ '4711': 5 });
  });

  it('that makes more pieces than an event may say waits, whatever the tenant says of unknown ones', async () => {
    await alias(test, ['4711 CHAIR 1000000']);
    await arrive(test, 'e-1', ['4711', 2_148]);
    await arrive(test, 'e-2', ['4711', 2_147, 2n]);
    expect((await events(test)).map(({ outcome, quantity }) => [outcome, quantity])).toEqual([
      ['held', 2_148],
      ['pending', 2_147_000_000],
    ]);
    expect((await alias(test, ['4711 CHAIR 2'])).released).toBe(1);
    expect(await figures(test)).toEqual({ CHAIR: 2_147_000_000 });
  });

  it('is found altered as any other', async () => {
    await alias(test, ['4711 CHAIR 12']);
    await arrive(test, 'e-1', ['4711', 3]);
    await decideDue(test);
    await test.sql('UPDATE event_code SET factor = 11');
    expect(await events(test)).toMatchObject([{ gap: 'digest' }]);
  });
});

describe('a correction by hand', () => {
  it('names a SKU, also where codes without an alias are held', async () => {
    await changeTenant(test.as('operator'), { tenant: TENANT, unknownSkus: 'hold', ...BY });
    await test.database.supplier.create({ data: { tenantId: TENANT, id: 'manual', state: 'open' } });
    await arrive(test, 'fix', ['CHAIR', 3], 'manual');
    expect(await events(test)).toMatchObject([{ outcome: 'pending' }]);
  });
});
