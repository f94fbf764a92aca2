import { describe, expect, it } from 'vitest';
import { judgeFile, type FileCounts, type Guard } from '../../../src/feed/guards/judge-file.ts';
import type { FeedKind, GuardSettings } from '../../../src/feed/definition/feed-schema.ts';

const WELL: FileCounts = {
  rows: 1000,
  refused: 0,
  figures: 1000,
  zeros: 100,
  usualRows: 1000,
  above0: 900,
  zeroed: 10,
  known: 1000,
  items: 1000,
  unheard: 5,
  columnFaults: [],
  absentColumns: [],
};

function judge(
  counts: Partial<FileCounts>,
  kind: FeedKind = 'snapshot',
  guards: GuardSettings = {},
): [Guard, string][] {
  const verdict = judgeFile({ ...WELL, ...counts }, { kind, guards });
  return verdict.verdict === 'pass' ? [] : verdict.reasons.map(({ guard, reason }) => [guard, reason]);
}

describe('a file', () => {
  it.each<[string, Partial<FileCounts>]>([
    ['like all others', {}],
    ['that is the first', { usualRows: undefined, above0: 0, zeroed: 0, known: 0, unheard: 1000 }],
    [
      'with exactly as many lost, refused, new and zeroed as are allowed',
      { rows: 700, refused: 35, zeroed: 180, unheard: 500 },
    ],
    ['with more rows than usual', { rows: 5000 }],
  ])('passes: %s', (_, counts) => {
    expect(judge(counts)).toEqual([]);
    expect(judge(counts, 'delta')).toEqual([]);
  });

  it.each<[string, Partial<FileCounts>, [Guard, string][]]>([
    [
      'an empty one, or a header alone',
      { rows: 0, figures: 0, zeros: 0, items: 0, unheard: 0, zeroed: 900 },
      [
        ['fewest', 'the file has no rows'],
        ['toZero', '900 of 900 figures would go to 0: more than 20 %'],
      ],
    ],
    [
      'half of one',
      { rows: 500, figures: 500, items: 500, zeroed: 452 },
      [
        ['lost', '500 rows, where 1,000 are usual: more than 30 % fewer'],
        ['toZero', '452 of 900 figures would go to 0: more than 20 %'],
      ],
    ],
    [
      'all zero',
      { zeros: 1000, zeroed: 900 },
      [
        ['allZero', 'all of its 1,000 figures are 0'],
        ['toZero', '900 of 900 figures would go to 0: more than 20 %'],
      ],
    ],
    [
      'columns swapped, where SKUs have letters',
      { refused: 1000, figures: 0, zeros: 0, items: 0, unheard: 0 },
      [['refused', '1,000 of 1,000 rows are refused: more than 5 %']],
    ],
    [
      'columns swapped, where SKUs are numbers',
      { items: 80, unheard: 79 },
      [
        [
          'unheard',
          '79 of 80 items were never named by this supplier before: more than 50 %; the SKUs may be from another column',
        ],
      ],
    ],
    [
      'a column less',
      {
        rows: 1000,
        refused: 0,
        figures: 0,
        columnFaults: ['columns.sku: the file has no column "Artikelnr"'],
      },
      [['columns', 'columns.sku: the file has no column "Artikelnr"']],
    ],
    [
      'one refused more than allowed',
      { refused: 51 },
      [['refused', '51 of 1,000 rows are refused: more than 5 %']],
    ],
    [
      'one zeroed more than allowed',
      { zeroed: 181 },
      [['toZero', '181 of 900 figures would go to 0: more than 20 %']],
    ],
  ])('is held: %s', (_, counts, reasons) => {
    expect(judge(counts)).toEqual(reasons);
  });

  it('of a delta may have any number of rows', () => {
    expect(judge({ rows: 3, figures: 3, zeros: 1, zeroed: 1, items: 3, unheard: 0 }, 'delta')).toEqual([]);
    expect(
      judge({ rows: 3, figures: 3, zeros: 1, zeroed: 1, items: 3, unheard: 0 }, 'delta', { lost: 0.3 }),
    ).toEqual([['lost', '3 rows, where 1,000 are usual: more than 30 % fewer']]);
  });

  it('of a delta may be empty where that is said', () => {
    const empty = { rows: 0, figures: 0, zeros: 0, zeroed: 0, items: 0, unheard: 0 };
    expect(judge(empty, 'delta')).toEqual([['fewest', 'the file has no rows']]);
    expect(judge(empty, 'delta', { fewest: 0 })).toEqual([]);
  });

  it('of a delta may say of some items that all are sold out, not of ten', () => {
    const few = { rows: 9, figures: 9, zeros: 9, zeroed: 9, items: 9, unheard: 0 };
    expect(judge(few, 'delta')).toEqual([]);
    expect(judge({ ...few, figures: 10, zeros: 10 }, 'delta')).toEqual([
      ['allZero', 'all of its 10 figures are 0'],
    ]);
    expect(judge(few)).toContainEqual(['allZero', 'all of its 9 figures are 0']);
  });

  it('goes by the limits that are set', () => {
    const bad = { rows: 400, refused: 200, figures: 200, zeroed: 800, items: 400, unheard: 400 };
    expect(judge(bad).map(([guard]) => guard)).toEqual(['lost', 'refused', 'toZero', 'unheard']);
    expect(judge(bad, 'snapshot', { lost: 1, refused: 1, toZero: 1, unheard: 1 })).toEqual([]);
    expect(judge({}, 'snapshot', { fewest: 2000 })).toEqual([['fewest', '1,000 rows: fewer than 2,000']]);
    expect(judge({ zeroed: 1, above0: 900 }, 'snapshot', { toZero: 0.001 })).toEqual([
      ['toZero', '1 of 900 figures would go to 0: more than 0.1 %'],
    ]);
  });

  it('is not held for one in twenty, whatever a double makes of 5 %', () => {
    for (let rows = 20; rows <= 2000; rows += 20)
      expect(judge({ rows, usualRows: rows, refused: rows / 20 })).toEqual([]);
  });
});

describe('a file of a supplier who has few items', () => {
  const of = (count: number): Partial<FileCounts> => ({
    ...{ rows: count, figures: count, zeros: 0, usualRows: count },
    ...{ above0: count, zeroed: 0, known: count, items: count, unheard: 0 },
  });
  const guards = (counts: Partial<FileCounts>, kind?: FeedKind, limits?: GuardSettings): Guard[] =>
    judge(counts, kind, limits).map(([guard]) => guard);

  it.each([1, 2, 4, 9])('of %i passes with one that is sold out, missing or new', (count) => {
    const one = { ...of(count), zeros: 1, zeroed: 1, unheard: 1 };
    expect(guards(one)).toEqual([]);
    expect(guards(one, 'delta')).toEqual([]);
    expect(
      guards({ ...of(count), rows: count - 1, figures: count - 1, zeroed: 1 }, 'snapshot', { fewest: 0 }),
    ).toEqual([]);
  });

  it.each([2, 6, 9])('of %i is held where all are 0, whatever its limits', (count) => {
    const allZero = { ...of(count), zeros: count, zeroed: count };
    for (const kind of ['snapshot', 'delta'] as const) {
      expect(guards(allZero, kind)).toContain('allZero');
      expect(guards(allZero, kind, { toZero: 1, lost: 1 })).toEqual(['allZero']);
    }
    // One row of 0 is all that is left of them.
    const cut = { ...allZero, rows: 1, figures: 1, zeros: 1, items: 1 };
    expect(judge(cut, 'snapshot', { toZero: 1, lost: 1 })).toEqual([
      ['allZero', `nothing of it is above 0, and all ${count} figures in stock would go to 0`],
    ]);
  });

  it('is held where it has lost most of them', () => {
    expect(guards({ ...of(6), rows: 1, figures: 1, items: 1, zeroed: 5 })).toEqual(['lost', 'toZero']);
    expect(guards({ ...of(6), rows: 4, figures: 4, items: 4, zeroed: 2 })).toEqual(['lost', 'toZero']);
  });

  it('is held where it names none of five that are known, and not where it names some', () => {
    expect(guards({ ...of(6), unheard: 6 }, 'delta')).toEqual(['unheard']);
    expect(guards({ ...of(6), items: 300, unheard: 299 }, 'delta')).toEqual([]);
    expect(guards({ ...of(4), items: 300, unheard: 300 }, 'delta')).toEqual([]);
  });

  it('is held for one where no share is allowed', () => {
    expect(guards({ ...of(3), zeros: 1, zeroed: 1 }, 'snapshot', { toZero: 0 })).toEqual(['toZero']);
  });
});
