import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInWords } from '../../../src/cli/feed/words.ts';
import { formatTime, microsOf, seconds, type Micros } from '../../../src/domain/time.ts';
import { approveRun } from '../../../src/feed/run/decide-run.ts';
import type { RunStatus } from '../../../src/feed/run/told-run.ts';
import { findTraces } from '../../../src/trace/find-trace.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { record } from '../../support/record.ts';
import { BY, carryOn, feedOf, figures, openShop, runFile, TENANT } from './run-world.ts';

const COLUMNS = 'columns: { sku: sku, quantity: qty, updatedAt: at, location: place }\nkind: snapshot\n';
const LOOSE = 'guards: { lost: 100%, toZero: 100%, unheard: 100%, refused: 100% }\n';
const at = (hour: number): Micros => seconds(Date.UTC(2026, 10, 20, hour) / 1_000);

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

/** Rows as `SKU quantity hour place?`. */
const fileOf = (...rows: string[]): string =>
  `sku,qty,at,place\n${rows
    .map((row) => {
      const [sku, quantity, hour, place = ''] = row.split(' ');
      return `${sku},${quantity},${formatTime(at(Number(hour)))},${place}\n`;
    })
    .join('')}`;
const snapshot = (written: number, ...rows: string[]): Promise<RunStatus> =>
  runFile(test, 'whole', fileOf(...rows), undefined, at(written));
/** Without a time of its own: the newest of its rows counts. */
const undated = (...rows: string[]): Promise<RunStatus> => runFile(test, 'whole', fileOf(...rows));
const approve = (runId: string): Promise<void> =>
  approveRun(test.as('operator'), { tenant: TENANT, runId, by: { ...BY, reason: 'it is right' } });

describe('an item that was missing from a snapshot, and is in a later one as it was', () => {
  beforeEach(() => feedOf(test, 'whole', COLUMNS + LOOSE));

  it.each([
    ['once all is decided', async () => void (await figures(test))],
    ['while nothing is decided yet', async () => undefined],
  ])('is there again: %s', async (_, between) => {
    await snapshot(6, 'A 5 1', 'B 7 1');
    await between();
    await snapshot(7, 'B 7 1');
    await between();
    const back = await snapshot(8, 'A 5 1', 'B 7 1');
    expect(back).toMatchObject({ state: 'completed', events: { accepted: 1, duplicate: 2, zeroed: 0 } });
    expect(await figures(test)).toEqual({ A: 5, B: 7 });
    expect((await snapshot(9, 'A 5 1', 'B 7 1')).state).toBe('unchanged');
    expect(await snapshot(10, 'B 7 1')).toMatchObject({ events: { zeroed: 1 } });
    expect(await figures(test)).toEqual({ A: 0, B: 7 });
  });

  it('is there again where only rows have times, and none is newer than before', async () => {
    for (let no = 0; no < 2; no += 1) {
      await undated('A 5 1', 'B 7 2');
      expect(await figures(test)).toEqual({ A: 5, B: 7 });
      await undated('B 7 2');
      expect(await figures(test)).toEqual({ A: 0, B: 7 });
    }
  });

  it('says so in its trace, and gives way to what is newer than the file it was missing from', async () => {
    await snapshot(6, 'A 5 1', 'B 7 1');
    await snapshot(7, 'B 7 1');
    const { runId } = await snapshot(9, 'A 5 1', 'B 7 1');
    await figures(test);
    const [found] = await findTraces(
      test.database,
      { key: 'A', tenant: TENANT },
      { temporalUiUrl: 'http://ui.test', namespace: 'x' },
    );
    expect(found?.trace.events[0]?.cameBy).toBe(
      `5 because acme's file stock.csv names it again, by a row as old as before it was missing, run ${runId}`,
    );
    const live = (eventId: string, hour: number, quantity: number) =>
      record(test.database, TENANT, 'acme', [{ eventId, sku: 'A', quantity, updatedAt: at(hour) }]);
    await live('before the zero', 4, 1);
    expect(await figures(test)).toEqual({ A: 5, B: 7 });
    await live('after it', 8, 2);
    expect(await figures(test)).toEqual({ A: 2, B: 7 });
  });

  it('is not brought back by an older file, or another location', async () => {
    await snapshot(6, 'A 5 1 west', 'B 7 1 west');
    await snapshot(8, 'B 7 1 west');
    await figures(test);
    await snapshot(7, 'A 5 1 west', 'B 7 1 west');
    expect(await figures(test)).toEqual({ A: 0, B: 7 });
    await snapshot(9, 'A 3 1 east', 'B 7 1 west');
    expect(await figures(test)).toEqual({ A: 3, B: 7 });
  });

  it('leaves the catalog as the last snapshot has it, whatever was missing before', async () => {
    const items = ['A', 'B', 'C'];
    const named = fc.option(fc.record({ quantity: fc.integer({ min: 1, max: 3 }), moves: fc.boolean() }), {
      nil: undefined,
    });
    const step = fc.record({ items: fc.array(named, { minLength: 3, maxLength: 3 }), decided: fc.boolean() });
    const times = new Map<string, { quantity: number; hour: number }>();
    let hour = 10;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 6 }), async (steps) => {
        for (const { items: said, decided } of steps) {
          hour += 1;
          const rows = items.flatMap((sku, no) => {
            const one = said[no];
            if (!one) return [];
            const before = times.get(sku);
            // A row's time moves with its figure, and may be of long before the file.
            const row =
              before && !one.moves
                ? before
                : { quantity: one.quantity, hour: Math.max(hour - 2, (before?.hour ?? 0) + 1) };
            times.set(sku, row);
            return [`${sku} ${row.quantity} ${row.hour}`];
          });
          const run = await snapshot(hour, ...rows, `Z ${(hour % 3) + 1} ${hour}`);
          expect(run.state).toBe('completed');
          if (!decided) continue;
          const shown = await figures(test);
          const last = new Map(rows.map((row) => [row.split(' ')[0], Number(row.split(' ')[1])]));
          for (const sku of items) expect([sku, shown[sku] ?? 0]).toEqual([sku, last.get(sku) ?? 0]);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('a file that was held, and is approved after a newer one', () => {
  it('takes nothing away that the newer one names', async () => {
    await feedOf(test, 'whole', `${COLUMNS}guards: { lost: 100%, toZero: 0%, unheard: 100% }\n`);
    await snapshot(6, 'X 5 1', 'Y 5 1');
    await figures(test);
    const held = await snapshot(7, 'Y 4 7');
    expect(held.state).toBe('held');
    expect((await snapshot(8, 'X 5 1', 'Y 3 8')).state).toBe('completed');
    await approve(held.runId);
    expect(await carryOn(test, held.runId)).toMatchObject({ state: 'completed', events: { zeroed: 0 } });
    expect(await figures(test)).toEqual({ X: 5, Y: 3 });
  });

  it('nor does one that is handed in after a newer one; the newest does', async () => {
    await feedOf(test, 'whole', COLUMNS + LOOSE);
    const { runId } = await snapshot(8, 'X 5 1', 'Y 3 8');
    const late = await snapshot(7, 'Y 4 7');
    expect(late).toMatchObject({ state: 'completed', newerRun: runId, events: { zeroed: 0 } });
    expect(runInWords(late)).toContain(`zeroed nothing: run ${runId} has read a newer file before`);
    expect(await figures(test)).toEqual({ X: 5, Y: 3 });
    expect(await snapshot(9, 'Y 4 9')).toMatchObject({ newerRun: null });
    expect(await figures(test)).toEqual({ X: 0, Y: 4 });
  });
});

describe('a file that is dated in the future', () => {
  it('is as new as its receipt, so that the next one zeroes what it does not name', async () => {
    await feedOf(test, 'whole', COLUMNS + LOOSE);
    await runFile(test, 'whole', fileOf('A 5 1', 'B 7 1'), undefined, microsOf(new Date('2099-01-01')));
    await figures(test);
    const next = await runFile(test, 'whole', fileOf('B 7 2'), undefined, microsOf(new Date()));
    expect(next).toMatchObject({ newerRun: null, events: { zeroed: 1 } });
    expect(await figures(test)).toEqual({ A: 0, B: 7 });
  });
});

describe('figures without a location, once files name locations', () => {
  const LOCATIONS = ['A 3 7 west', 'B 2 7 west'];
  const standing = async () => {
    await figures(test);
    const rows = await test.sql<{ figure: string }>(
      `SELECT c.sku || '@' || s.location || '=' || s.quantity AS figure
         FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, 'acme') s ORDER BY 1`,
    );
    return rows.map(({ figure }) => figure);
  };
  const live = (sku: string) =>
    record(test.database, TENANT, 'acme', [{ eventId: sku, sku, quantity: 9, updatedAt: at(1) }]);

  it.each([
    ['decided', standing],
    ['not decided yet', async () => undefined],
  ])('go to 0 where the feed itself had written them: %s', async (_, between) => {
    await feedOf(test, 'whole', COLUMNS + LOOSE);
    await snapshot(6, 'A 3 1', 'B 2 1', 'C 5 1');
    await between();
    expect(await snapshot(7, ...LOCATIONS)).toMatchObject({ events: { accepted: 2, zeroed: 3 } });
    expect(await standing()).toEqual(['A@=0', 'A@west=3', 'B@=0', 'B@west=2', 'C@=0']);
  });

  it('count as gone where nothing is left of the item, and not where it has moved to a location', async () => {
    await feedOf(test, 'whole', `${COLUMNS}guards: { lost: 100% }\n`);
    await snapshot(6, 'A 3 1', 'B 2 1', 'C 5 1', 'D 5 1');
    await standing();
    const held = await snapshot(7, ...LOCATIONS);
    expect(held.reasons).toEqual([
      { guard: 'toZero', reason: '2 of 4 figures would go to 0: more than 20 %' },
    ]);
    expect(await snapshot(8, ...LOCATIONS, 'C 5 7 west', 'D 5 7 west')).toMatchObject({ state: 'completed' });
  });

  it('stay where another feed has written them, or the file names the item; what came live and is absent goes', async () => {
    await feedOf(test, 'whole', COLUMNS + LOOSE);
    await feedOf(test, 'direct', COLUMNS.replace('snapshot', 'delta') + LOOSE);
    await runFile(test, 'direct', fileOf('D 4 1'));
    await live('A');
    await live('L');
    await standing();
    expect(await snapshot(7, ...LOCATIONS)).toMatchObject({ events: { accepted: 2, zeroed: 1 } });
    expect(await standing()).toEqual(['A@=9', 'A@west=3', 'B@west=2', 'D@=4', 'L@=0']);
  });
});
