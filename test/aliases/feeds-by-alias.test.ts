import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { previewFile, type Preview } from '../../src/feed/preview/preview-file.ts';
import { readingDefinition } from '../../src/feed/store/definition-of.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { carryOn, feedOf, handIn, openShop, runFile, TENANT } from '../feed/run/run-world.ts';
import { alias, decideDue, events, figures, onUnknown } from './alias-world.ts';

const FEED = `columns: { sku: code, quantity: qty, updatedAt: at }
kind: snapshot
guards: { unheard: 100%, toZero: 100%, lost: 100%, refused: 100% }
`;
const HEAD = 'code,qty,at\n';
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
  await feedOf(test, 'night', FEED);
});
afterEach(() => test?.drop());

const file = (rows: readonly [string, number][], hour = 1): string =>
  HEAD + rows.map(([code, quantity]) => `${code},${quantity},2026-11-20T0${hour}:00:00Z\n`).join('');

async function preview(content: string): Promise<Preview> {
  return previewFile(test.as('reader'), {
    chunks: (async function* () {
      yield Buffer.from(content);
    })(),
    ...{ name: 'stock.csv', writtenAt: undefined, receivedAt: 1_800_000_000_000_000n },
    ...{ tenant: TENANT, supplier: 'acme', feed: 'night' },
    definition: await readingDefinition(test.database, { tenant: TENANT, feed: 'night', version: 1 }),
  });
}

describe("a snapshot of a supplier's codes", () => {
  it('names SKUs by their aliases: what it does not name goes to 0, and nothing else', async () => {
    await alias(test, ['4711 CHAIR 12', '0815 DESK']);
    const first = await runFile(
      test,
      'night',
      file([
        ['4711', 2],
        ['0815', 5],
        ['LAMP', 7],
      ]),
    );
    expect(first).toMatchObject({ state: 'completed', events: { accepted: 3, zeroed: 0 } });
    expect(await figures(test)).toEqual({ CHAIR: 24, DESK: 5, LAMP: 7 });
    const next = await runFile(test, 'night', file([['4711', 3]], 2));
    expect(next).toMatchObject({ state: 'completed', events: { accepted: 1, zeroed: 2 } });
    expect(await figures(test)).toEqual({ CHAIR: 36, DESK: 0, LAMP: 0 });
    expect((await events(test)).map(({ gap }) => gap)).toEqual([null, null, null, null, null, null]);
  });

  it('takes what it names for named, though its alias has changed since it was read', async () => {
    await alias(test, ['4711 CHAIR']);
    await runFile(
      test,
      'night',
      file([
        ['4711', 2],
        ['LAMP', 7],
      ]),
    );
    await figures(test);
    // CHAIR's row is as old as what stands, so that only its being named keeps it.
    await alias(test, ['4711 STOOL']);
    const { runId } = await handIn(
      test,
      'night',
      `${HEAD}4711,2,2026-11-20T01:00:00Z\nLAMP,8,2026-11-20T03:00:00Z\n`,
    );
    let beats = 0;
    await carryOn(test, runId, () => {
      beats += 1;
      if (beats === 2) throw new Error('the worker is gone');
    }).catch(() => undefined);
    await alias(test, ['4711 CHAIR']);
    expect(await carryOn(test, runId)).toMatchObject({ state: 'completed', events: { zeroed: 0 } });
    expect(await figures(test)).toEqual({ CHAIR: 2, LAMP: 8 });
  });

  it('lets the zero of an unknown code wait behind its figure', async () => {
    await onUnknown(test, 'hold');
    await alias(test, ['0815 DESK']);
    await runFile(
      test,
      'night',
      file([
        ['4711', 2],
        ['0815', 5],
      ]),
    );
    const next = await runFile(test, 'night', file([['0815', 6]], 2));
    expect(next).toMatchObject({ state: 'completed', events: { zeroed: 1 } });
    const said = (await events(test)).map(({ sku, quantity, outcome }) => `${sku} ${quantity} ${outcome}`);
    expect(said.toSorted()).toEqual(['4711 0 held', '4711 2 held', 'DESK 5 pending', 'DESK 6 pending']);
    expect((await alias(test, ['4711 CHAIR 12'])).released).toBe(2);
    await decideDue(test);
    expect(await figures(test)).toEqual({ CHAIR: 0, DESK: 6 });
  });
});

describe('a preview', () => {
  it('says SKUs and pieces, and which codes would wait', async () => {
    await alias(test, ['4711 CHAIR 12', 'BIG CHAIR 1000000']);
    await onUnknown(test, 'hold');
    const shown = await preview(
      file([
        ['4711', 2],
        ['0815', 5],
        ['0815', 6],
        ['BIG', 9_999],
      ]),
    );
    expect(shown.events).toMatchObject([
      { line: 2, code: '4711', sku: 'CHAIR', quantity: 24 },
      { line: 3, sku: '0815', quantity: 5, unknown: true },
      { line: 4, sku: '0815', unknown: true },
      { line: 5, sku: 'BIG', unknown: true },
    ]);
    expect(shown.unknown).toEqual({ events: 3, codes: 2, first: ['0815', 'BIG'] });
    await onUnknown(test, 'take');
    expect((await preview(file([['0815', 5]]))).unknown).toEqual({ events: 0, codes: 0, first: [] });
  });

  it('counts what would go to 0 by SKUs', async () => {
    await alias(test, ['4711 CHAIR 12']);
    await runFile(test, 'night', file([['4711', 2]]));
    await figures(test);
    expect((await preview(file([['4711', 1]], 2))).changes).toEqual({
      above0: 1,
      zeroed: 0,
      items: 1,
      unheard: 0,
      changed: 1,
      first: [{ sku: 'CHAIR', from: 24, to: 12 }],
    });
    expect((await preview(file([['4711', 0]], 2))).changes).toMatchObject({ above0: 1, zeroed: 1 });
  });
});
