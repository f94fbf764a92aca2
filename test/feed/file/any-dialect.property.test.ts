import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadSettings } from '../../../src/feed/file/row.ts';
import { readAll } from './read-all.ts';
import { zipOf } from './zip-of.ts';

/** Each is one byte of Windows-1252, and none goes on with a character of UTF-8. */
const LETTERS = 'abcXYZ019äöüÄßéñ'.split('');

const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 6 });
const plainCell = fc.oneof(
  word,
  fc.constant(''),
  fc.tuple(word, word).map((two) => two.join(' ')),
);
const anyCell = fc.string({
  unit: fc.constantFrom(...LETTERS, ' ', ',', ';', '\t', '|', '"', "'", '\n', '\r', '\r\n', '""'),
  maxLength: 12,
});

/** A table whose rows have something in their first cell: what is blank is no row. */
const tableOf = (cell: fc.Arbitrary<string>) =>
  fc.integer({ min: 2, max: 6 }).chain((width) =>
    fc.record({
      columns: fc.uniqueArray(word, { minLength: width, maxLength: width }),
      rows: fc.array(
        fc
          .tuple(word, fc.array(cell, { minLength: width - 1, maxLength: width - 1 }))
          .map(([first, more]) => [first, ...more]),
        { maxLength: 12 },
      ),
    }),
  );

const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  quotesAll: fc.boolean(),
  hasLastBreak: fc.boolean(),
  hasHint: fc.boolean(),
  spare: fc.integer({ min: 0, max: 2 }),
  blanks: fc.constantFrom('', '', ' ', '   '),
});
type Written = typeof dialect extends fc.Arbitrary<infer T> ? T : never;

const encoded = fc.constantFrom<[string, (text: string) => Buffer]>(
  ['utf-8', (text) => Buffer.from(text)],
  ['utf-8', (text) => Buffer.from(`\ufeff${text}`)],
  ['windows-1252', (text) => Buffer.from(text, 'latin1')],
  ['utf-16le', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['utf-16be', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
);
const packed = fc.constantFrom<(bytes: Buffer) => Buffer>(
  (bytes) => bytes,
  (bytes) => gzipSync(bytes),
  (bytes) => zipOf({ 'stock.csv': bytes }),
);
const pieces = fc.constantFrom(3, 64, 1 << 20);

interface Table {
  columns: string[];
  rows: string[][];
}

function write({ columns, rows }: Table, how: Written): string {
  const quoted = (cell: string): string =>
    how.quotesAll || /[",;\t|\r\n]/.test(cell)
      ? `${how.blanks}"${cell.replaceAll('"', '""')}"${how.blanks}`
      : cell;
  const lines = [columns, ...rows].map(
    (cells) => cells.map(quoted).join(how.delimiter) + how.delimiter.repeat(how.spare),
  );
  const hint = how.hasHint ? [`sep=${how.delimiter}`] : [];
  return [...hint, ...lines].join(how.newline) + (how.hasLastBreak ? how.newline : '');
}

async function expectSame(bytes: Buffer, how: ReadSettings, table: Table, size: number): Promise<void> {
  const { columns, rows, bad } = await readAll(bytes, how, size);
  expect(bad).toEqual([]);
  expect(columns).toEqual(table.columns);
  expect(rows.map(({ cells }) => cells)).toEqual(table.rows);
}

describe('a table', () => {
  it('gives the same cells however it is written, which is found', async () => {
    await fc.assert(
      fc.asyncProperty(
        tableOf(plainCell),
        dialect,
        encoded,
        packed,
        pieces,
        async (table, how, [, encode], pack, size) => {
          const bytes = encode(write(table, how));
          // One letter at the very end: of Windows, or the beginning of one of UTF-8 that was cut. Such a file is refused.
          fc.pre(bytes.findIndex((byte) => byte > 127) !== bytes.length - 1);
          await expectSame(pack(bytes), {}, table, size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the same cells whatever they hold, where the delimiter is set', async () => {
    await fc.assert(
      fc.asyncProperty(
        tableOf(anyCell),
        dialect,
        encoded,
        pieces,
        async (table, how, [encoding, encode], size) => {
          const settings = { delimiter: how.delimiter, encoding };
          await expectSame(encode(write(table, how)), settings, table, size);
        },
      ),
      { numRuns: 500 },
    );
  });
});
