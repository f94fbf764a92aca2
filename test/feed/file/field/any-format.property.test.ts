import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { DateTime } from 'luxon';
import { expect, it } from 'vitest';
import { formatTime } from '../../../../src/domain/time.ts';
import {
  canBeWritten,
  event,
  numberStyle,
  timeStyle,
  zone,
  type Event,
  type NumberStyle,
  type TimeStyle,
} from '../../mapping/styles.ts';
import { xlsxOf } from '../xlsx-of.ts';
import { zipOf } from '../zip-of.ts';
import { readByFeed } from './read-field-file.ts';

/** Its cells, as a supplier's program would write them. */
interface Cells {
  sku: string;
  quantity: string;
  updatedAt: string;
  location: string;
}

interface WrittenFile {
  content: Buffer;
  definition: object;
}

type Write = (rows: Cells[]) => WrittenFile;

const csv: fc.Arbitrary<Write> = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    quote: fc.constantFrom('"', "'"),
    encoding: fc.constantFrom('utf-8', 'windows-1252', 'utf-16le', 'utf-16be'),
    isAllQuoted: fc.boolean(),
  })
  .map(({ delimiter, newline, quote, encoding, isAllQuoted }) => (rows) => {
    const quoted = (cell: string): string =>
      isAllQuoted || [delimiter, quote, '\n', '\r'].some((sign) => cell.includes(sign))
        ? `${quote}${cell.replaceAll(quote, quote + quote)}${quote}`
        : cell;
    const lines = [
      ['Lager', 'Artikelnr', 'Stand', 'Bestand'],
      ...rows.map(({ sku, quantity, updatedAt, location }) => [location, sku, updatedAt, quantity]),
    ];
    const text = lines.map((cells) => cells.map(quoted).join(delimiter) + newline).join('');
    return {
      content: iconv.encode(text, encoding),
      definition: {
        ...{ format: 'csv', delimiter, quote, encoding },
        columns: { sku: 'artikelnr', quantity: 'BESTAND', updatedAt: 'Stand', location: 'Lager' },
      },
    };
  });

const POINTERS = { sku: '/art nr', quantity: '/stock/a~1b', updatedAt: '/stand', location: '/lager' };
const asObject = ({ sku, quantity, updatedAt, location }: Cells, isNumber: boolean): object => ({
  ...{ stand: updatedAt, other: [1, { x: null }], 'art nr': sku },
  stock: { 'a/b': isNumber && /^-?\d+$/.test(quantity) ? Number(quantity) : quantity },
  ...(location !== '' && { lager: location }),
});

const json: fc.Arbitrary<Write> = fc
  .record({ spaces: fc.constantFrom(0, 2), isNumber: fc.boolean(), isDeep: fc.boolean() })
  .map(({ spaces, isNumber, isDeep }) => (rows) => {
    const items = rows.map((row) => asObject(row, isNumber));
    return {
      content: Buffer.from(JSON.stringify(isDeep ? { meta: {}, data: { items } } : items, undefined, spaces)),
      definition: { format: 'json', columns: POINTERS, ...(isDeep && { rows: '/data/items' }) },
    };
  });

const ndjson: fc.Arbitrary<Write> = fc.boolean().map((isNumber) => (rows) => ({
  content: Buffer.from(rows.map((row) => `${JSON.stringify(asObject(row, isNumber))}\n`).join('')),
  definition: { format: 'ndjson', columns: POINTERS },
}));

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const xml: fc.Arbitrary<Write> = fc
  .record({ isAttributes: fc.boolean(), isSpaced: fc.boolean() })
  .map(({ isAttributes, isSpaced }) => (rows) => {
    const elements = rows.map(({ sku, quantity, updatedAt, location }) => {
      const parts = Object.entries({
        nr: sku,
        menge: quantity,
        stand: updatedAt,
        ...(location && { ort: location }),
      });
      return isAttributes
        ? `<artikel ${parts.map(([name, text]) => `${name}="${escaped(text)}"`).join(' ')}/>`
        : `<artikel>${parts.map(([name, text]) => `<${name}>${escaped(text)}</${name}>`).join('')}</artikel>`;
    });
    const sign = isAttributes ? '@' : '';
    return {
      content: Buffer.from(`<?xml version="1.0"?><liste>${elements.join(isSpaced ? '\n  ' : '')}</liste>`),
      definition: {
        ...{ format: 'xml', rows: '/liste/artikel' },
        columns: {
          sku: `${sign}nr`,
          quantity: `${sign}menge`,
          updatedAt: `${sign}stand`,
          location: `${sign}ort`,
        },
      },
    };
  });

const letterOf = (column: number): string => 'ABCD'[column] ?? '';
const SHEET_COLUMNS = { sku: 'Artikelnr', quantity: 'Bestand', updatedAt: 'Stand', location: 'Lager' };

/** @param dated what stands in the third column: a text, or a date of Excel's */
const sheet = (rows: string[]): Buffer =>
  xlsxOf({
    sheets: [{ name: 'Bestand', rows: [headOfSheet, ...rows].join('') }],
    formats: ['dd.mm.yyyy hh:mm:ss'],
  });
const textCell = (ref: string, text: string): string =>
  `<c r="${ref}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
const headOfSheet = `<row r="1">${Object.values(SHEET_COLUMNS)
  .map((name, column) => textCell(`${letterOf(column)}1`, name))
  .join('')}</row>`;

const xlsx: fc.Arbitrary<Write> = fc.boolean().map((isNumber) => (rows) => ({
  content: sheet(
    rows.map(({ sku, quantity, updatedAt, location }, no) => {
      const isPlain = isNumber && /^-?\d+$/.test(quantity);
      const figure = isPlain ? `<c r="B${no + 2}"><v>${quantity}</v></c>` : textCell(`B${no + 2}`, quantity);
      const texts = { C: updatedAt, D: location };
      const more = Object.entries(texts).map(([column, text]) => textCell(`${column}${no + 2}`, text));
      return `<row r="${no + 2}">${textCell(`A${no + 2}`, sku)}${figure}${more.join('')}</row>`;
    }),
  ),
  definition: { format: 'xlsx', columns: SHEET_COLUMNS },
}));

const packed = fc.constantFrom<(bytes: Buffer) => Buffer>(
  (bytes) => bytes,
  (bytes) => gzipSync(bytes),
  (bytes) => zipOf({ 'stock.dat': bytes }),
);

const expected = ({ sku, quantity, at, location }: Event) => [
  sku,
  quantity === 0 ? 0 : quantity,
  formatTime(BigInt(at) * 1_000_000n),
  ...(location === '' ? [] : [location]),
];

const events = fc.array(event, { minLength: 1, maxLength: 15 });

async function expectSame(
  told: Event[],
  { content, definition }: WrittenFile,
  settings: object,
): Promise<void> {
  // Records other than a table's leave out a location that is empty.
  const { absent: _, ...came } = await readByFeed(content, { ...definition, ...settings });
  expect(came).toEqual({ events: told.map(expected), refused: [] });
}

const settingsOf = (time: TimeStyle, number: NumberStyle) => ({
  times: time.settings,
  quantities: number.settings,
});

it.each([
  ['CSV', csv, 300],
  ['JSON', json, 150],
  ['NDJSON', ndjson, 100],
  ['XML', xml, 150],
  ['a spreadsheet', xlsx, 100],
] as const)(
  'a table gives the same events in %s, however its figures and times are written',
  async (_, any, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        events,
        any,
        timeStyle,
        numberStyle,
        packed,
        async (told, write, time, number, pack) => {
          fc.pre(told.every(({ at }) => canBeWritten(at, time.settings.zone)));
          const cells = told.map(({ sku, quantity, at, location }) => ({
            ...{ sku, quantity: number.write(quantity), updatedAt: time.write(at), location },
          }));
          const { content, definition } = write(cells);
          await expectSame(told, { content: pack(content), definition }, settingsOf(time, number));
        },
      ),
      { numRuns },
    );
  },
);

it('a spreadsheet gives the same events where its times are dates and its figures numbers', async () => {
  const DAY_SECONDS = 86_400;
  const EPOCH_DAY = 25_569;
  await fc.assert(
    fc.asyncProperty(events, zone, async (told, name) => {
      fc.pre(told.every(({ at }) => canBeWritten(at, name)));
      const rows = told.map(({ sku, quantity, at, location }, no) => {
        const local = DateTime.fromSeconds(at, { zone: name }).setZone('UTC', { keepLocalTime: true });
        const serial = local.toSeconds() / DAY_SECONDS + EPOCH_DAY;
        return `<row r="${no + 2}">${textCell(`A${no + 2}`, sku)}<c r="B${no + 2}"><v>${quantity}</v></c><c r="C${no + 2}" s="1"><v>${serial}</v></c>${textCell(`D${no + 2}`, location)}</row>`;
      });
      const definition = { format: 'xlsx', columns: SHEET_COLUMNS, times: { zone: name } };
      await expectSame(told, { content: sheet(rows), definition }, {});
    }),
    { numRuns: 100 },
  );
});
