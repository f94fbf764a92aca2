import { describe, expect, it } from 'vitest';
import { formatTime, mustParseTime } from '../../../src/domain/time.ts';
import { checkDefinition, faultInWords } from '../../../src/feed/definition/read-definition.ts';
import { compileMapping } from '../../../src/feed/mapping/compile-mapping.ts';
import type { FileContext } from '../../../src/feed/mapping/context-time.ts';
import { mapRow, type MappedRow } from '../../../src/feed/mapping/map-row.ts';
import { ofCells, ofValue } from './rows.ts';

const RECEIVED = mustParseTime('2026-11-21T06:00:00.000000Z');
const TEN = '2026-11-20T10:00:00Z';

interface Feed {
  columns?: unknown;
  times?: unknown;
  quantities?: unknown;
}

function mappingOf(feed: Feed, header: readonly string[] | undefined) {
  const read = checkDefinition({
    feed: 'f',
    supplier: 's',
    source: { upload: {} },
    columns: { sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt' },
    ...feed,
  });
  if (!read.ok) throw new Error(read.faults.map(faultInWords).join('\n'));
  return compileMapping(read.definition, header);
}

const context: FileContext = { receivedAt: RECEIVED, envelope: {} };

/** `SKU=5 @west 2026-…Z`, or the refusal's code and reason. */
function inWords({ events, refusals, unsaid }: MappedRow): string[] {
  return [
    ...events.map(
      ({ sku, quantity, location, updatedAt, id }) =>
        `${sku}=${quantity}${location === '' ? '' : ` @${location}`} ${formatTime(updatedAt).replace('.000000', '')}` +
        (id === undefined ? '' : ` #${id}`),
    ),
    ...refusals.map(({ code, reason }) => `${code}: ${reason}`),
    ...unsaid.map(({ sku, location }) => `${sku} @${location} unsaid`),
  ];
}

function table(feed: Feed, header: readonly string[], cells: readonly string[]): string[] {
  return inWords(mapRow(ofCells(cells), mappingOf(feed, header), context));
}

function value(feed: Feed, record: unknown, more: Partial<FileContext> = {}): string[] {
  return inWords(mapRow(ofValue(record), mappingOf(feed, undefined), { ...context, ...more }));
}

describe("a table's columns", () => {
  it.each([
    ['as they are', ['sku', 'quantity', 'updatedAt']],
    ['in another case and spacing', ['SKU', 'Quantity', 'Updated At']],
    ['with underscores', ['Sku', 'QUANTITY', 'updated_at']],
    ['with a byte order mark and blanks', ['\ufeffsku', ' quantity ', 'updated-at']],
    ['with others between them', ['sku', 'quantity', 'updatedAt', 'warehouse']],
  ])('are found %s', (_, header) => {
    expect(table({}, header, ['A-1', '5', TEN, 'x'].slice(0, header.length))).toEqual([`A-1=5 ${TEN}`]);
  });

  it('may be numbers, where they have names and where not', () => {
    const columns = { sku: 3, quantity: 1, updatedAt: 2 };
    expect(table({ columns }, ['x', 'x', 'x'], ['5', TEN, 'A-1'])).toEqual([`A-1=5 ${TEN}`]);
    expect(inWords(mapRow(ofCells(['5', TEN, 'A-1']), mappingOf({ columns }, undefined), context))).toEqual([
      `A-1=5 ${TEN}`,
    ]);
    expect(inWords(mapRow(ofValue([5, TEN, 'A-1']), mappingOf({ columns }, undefined), context))).toEqual([
      `A-1=5 ${TEN}`,
    ]);
  });

  it.each(['1.23456789012345E+17', '4,01235E+12'])('may not have lost digits of a SKU: %s', (sku) => {
    const [refused] = table({}, ['sku', 'quantity', 'updatedAt'], [sku, '5', TEN]);
    expect(refused).toMatch(
      /^bad_sku: sku ".*" is a number of which a spreadsheet has dropped the last digits/,
    );
    expect(table({}, ['sku', 'quantity', 'updatedAt'], ['12E4', '5', TEN])).toEqual([`12E4=5 ${TEN}`]);
  });

  it.each<[string, object, string, string]>([
    [
      'by a format',
      { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' },
      '2026-11-20T11:00:00',
      `A-1=5 ${TEN}`,
    ],
    ['of a day', { format: 'dd.MM.yyyy', zone: 'Europe/Berlin' }, '2026-11-20', 'A-1=5 2026-11-19T23:00:00Z'],
    ['by no format', { zone: 'Europe/Berlin' }, '2026-11-20T11:00:00', `A-1=5 ${TEN}`],
    ['of a day, by no format', { zone: 'Europe/Berlin' }, '2026-11-20', 'no_time_of_day'],
    ['without a zone', { format: 'epoch' }, '2026-11-20T11:00:00', 'no_zone'],
  ])('that are dates of a spreadsheet are read as such: %s', (_, times, date, expected) => {
    const mapping = mappingOf({ times }, ['sku', 'quantity', 'updatedAt']);
    const row = ofCells(['A-1', '5', date]);
    expect(inWords(mapRow({ ...row, dates: [2] }, mapping, context))[0]).toContain(expected);
    if ('format' in times)
      expect(mapRow(row, mapping, context).refusals).toMatchObject([{ code: 'bad_time' }]);
  });

  it('may be the first of several that the file has', () => {
    const columns = { sku: ['Artikelnr', 'sku'], quantity: 'quantity', updatedAt: 'updatedAt' };
    expect(table({ columns }, ['sku', 'quantity', 'updatedAt'], ['A-1', '5', TEN])).toEqual([`A-1=5 ${TEN}`]);
  });

  it('are a fault of the file when they are missing or there twice', () => {
    const columns = { sku: 'Artikelnr', quantity: ['Bestand', 4], updatedAt: 'Stand', location: 'Lager' };
    expect(mappingOf({ columns }, ['Stand', 'Menge', 'stand ']).faults).toEqual([
      { path: 'columns.sku', code: 'missing_column', reason: 'the file has no column "Artikelnr"' },
      {
        path: 'columns.quantity',
        code: 'missing_column',
        reason: 'the file has no column "Bestand" or number 4',
      },
      { path: 'columns.location', code: 'missing_column', reason: 'the file has no column "Lager"' },
    ]);
    expect(mappingOf({}, ['sku', 'Quantity', 'QUANTITY', 'updatedAt']).faults).toEqual([
      {
        path: 'columns.quantity',
        code: 'ambiguous_column',
        reason: 'the file has "quantity" as its columns 2 and 3: name the right one by its number',
      },
    ]);
  });

  it('that nobody reads are named', () => {
    expect(mappingOf({}, ['sku', 'name', 'quantity', '', 'updatedAt', 'colour']).unread).toEqual([
      'name',
      'colour',
    ]);
  });
});

describe('a row of a table', () => {
  const header = ['sku', 'quantity', 'updatedAt', 'location', 'id'];
  const columns = {
    sku: 'sku',
    quantity: 'quantity',
    updatedAt: 'updatedAt',
    location: 'location',
    id: 'id',
  };

  it.each([
    [['A-1', '5', TEN, 'west', 'e-1'], [`A-1=5 @west ${TEN} #e-1`]],
    [[' A-1 ', '5', ` ${TEN} `, ' ', ''], [`A-1=5 ${TEN}`]],
    [['A-1', '-3', TEN, '', ''], [`A-1=-3 ${TEN}`]],
    [['', '', '', '', ''], []],
    [[' ', '\u00a0'], []],
    [['A-1', '5', TEN, '', '', '', ' '], [`A-1=5 ${TEN}`]],
    [['', '5', TEN, '', ''], ['missing_value: sku is missing']],
    [['A-1', '', TEN, '', ''], ['missing_value: quantity is missing']],
    [['A-1', '5', '', '', ''], ['missing_value: updatedAt is missing']],
    [['A-1', '5', TEN], [`A-1=5 ${TEN}`]],
    [['A-1', '5'], ['missing_value: updatedAt is missing']],
    [
      ['A-1', '5', '0', TEN, 'west', 'e-1'],
      ['too_many_fields: has 6 fields, and the header names 5: a field with a separator in it needs quotes'],
    ],
    [
      ['A-1', '2.5', '2026-11-20', '', ''],
      [
        'not_whole: quantity "2.5" is no whole number; updatedAt "2026-11-20" is a date alone: times.format: ' +
          'yyyy-MM-dd and times.zone take its beginning',
      ],
    ],
    [
      ['A-1', '3000000000', TEN, '', ''],
      ['bad_quantity: quantity must be a whole number from -2147483648 to 2147483647'],
    ],
    [['A-1', '5', '2026-02-30T10:00:00Z', '', ''], ['bad_time: updatedAt not a day of the calendar']],
    [
      ['A-1', '5', '1970-01-01T00:00:00Z', '', ''],
      [`zero_time: updatedAt "1970-01-01T00:00:00Z" is the zero of a program's clock, and no time`],
    ],
    [
      ['A-1', '5', '0001-01-01T00:00:00.000Z', '', ''],
      [`zero_time: updatedAt "0001-01-01T00:00:00.000Z" is the zero of a program's clock, and no time`],
    ],
    [['A'.repeat(257), '5', TEN, '', ''], ['bad_sku: sku must have at most 256 bytes in UTF-8']],
    [
      ['A\u0007', '5', TEN, '', ''],
      ['bad_sku: sku must not hold NUL, other control characters or lone surrogates'],
    ],
    [['A-1', '5', TEN, 'x'.repeat(41), ''], ['bad_location: location must have 1 to 40 characters']],
    [
      ['A-1', '5', TEN, '', 'line one\nline two'],
      ['bad_id: id must not hold NUL, other control characters or lone surrogates'],
    ],
  ])('%j', (cells, expected) => {
    expect(table({ columns }, header, cells)).toEqual(expected);
  });

  it('keeps the digits that were sent', () => {
    const { events } = mapRow(
      ofCells(['A-1', '5', '2026-11-20T10:00:00.1234567Z']),
      mappingOf({}, ['sku', 'quantity', 'updatedAt']),
      context,
    );
    expect(events[0]?.updatedAtSent).toBe('2026-11-20T10:00:00.1234567Z');
  });

  it('says of a refused row which item it speaks of, where that can be read', () => {
    const mapping = mappingOf({ columns }, header);
    expect(mapRow(ofCells(['A-1', '10+', TEN, 'west', '']), mapping, context).refusals[0]?.about).toEqual({
      sku: 'A-1',
      location: 'west',
    });
    expect(mapRow(ofCells(['', '5', TEN, '', '']), mapping, context).refusals[0]?.about).toBeUndefined();
  });
});

describe('a row with a column for each location', () => {
  const feed = {
    columns: { sku: 'SKU', quantity: { west: 'West Depot', east: 'East Depot' } },
    times: { of: 'file' },
    quantities: { words: { 'not stocked': 'none' } },
  };
  const header = ['Handle', 'SKU', 'West Depot', 'East Depot'];
  const of = (cells: readonly string[]): string[] =>
    inWords(
      mapRow(ofCells(cells), mappingOf(feed, header), {
        ...context,
        fileTime: mustParseTime('2026-11-20T10:00:00.000000Z'),
      }),
    );

  it.each([
    [
      ['oak-stool', 'STOOL-T', '12', '3'],
      [`STOOL-T=12 @west ${TEN}`, `STOOL-T=3 @east ${TEN}`],
    ],
    [
      ['oak-stool', 'STOOL-L', '4', 'not stocked'],
      [`STOOL-L=4 @west ${TEN}`, 'STOOL-L @east unsaid'],
    ],
    [
      ['oak-stool', 'STOOL-L', '4', 'lots'],
      [
        `STOOL-L=4 @west ${TEN}`,
        'bad_quantity: quantity at east "lots" is no number: quantities.words can say what it means',
      ],
    ],
    [
      ['oak-stool', 'STOOL-L', '', '3'],
      [`STOOL-L=3 @east ${TEN}`, 'missing_value: quantity at west is missing'],
    ],
  ])('%j', (cells, expected) => {
    expect(of(cells)).toEqual(expected);
  });
});

describe('a record of JSON', () => {
  const columns = {
    sku: 'sku',
    quantity: 'quantity',
    updatedAt: 'updatedAt',
    location: 'locationId',
    id: 'id',
  };

  it.each([
    [{ id: 'x1', sku: 'X-1', quantity: 5, updatedAt: TEN, locationId: 'west' }, [`X-1=5 @west ${TEN} #x1`]],
    [{ id: 'x2', sku: 'X-2', quantity: '5', updatedAt: TEN }, [`X-2=5 ${TEN} #x2`]],
    [{ id: 'x3', sku: 'X-3', quantity: null, updatedAt: TEN }, ['missing_value: quantity is missing']],
    [{ id: 4711, sku: 'X-4', quantity: 5, updatedAt: TEN }, [`X-4=5 ${TEN} #4711`]],
    [{ sku: 10_023, quantity: 5, updatedAt: TEN }, [`10023=5 ${TEN}`]],
    [
      { sku: 'X-6', quantity: 5, updatedAt: 1_763_632_800 },
      [
        'epoch_time: updatedAt "1763632800" is a number: times.format: epoch would read it, if it counts from 1970',
      ],
    ],
    [{ SKU: 'X-7', Quantity: 5, updated_at: TEN }, [`X-7=5 ${TEN}`]],
    [
      { sku: 1.5, quantity: 5, updatedAt: TEN },
      ['bad_sku: sku is the number 1.5, which a reader may have changed: it has to be sent as text'],
    ],
    [{ sku: 2 ** 53, quantity: 5, updatedAt: TEN }, [/^bad_sku: sku is the number 9007199254740992/]],
    [{ sku: true, quantity: 5, updatedAt: TEN }, ['bad_sku: sku is neither text nor a number']],
    [{ sku: 'X-8', quantity: 2.5, updatedAt: TEN }, ['not_whole: quantity 2.5 is no whole number']],
    [{ sku: 'X-9', quantity: [5, 6], updatedAt: TEN }, [/^several_values: quantity is a list of 2/]],
    [{ sku: 'X-9', quantity: [5], updatedAt: TEN }, [`X-9=5 ${TEN}`]],
    [{ sku: 'X-9', quantity: { a: 5 }, updatedAt: TEN }, [/^several_values: quantity has parts \(a\)/]],
    [
      { sku: 'X-9', Quantity: 5, QUANTITY: 6, updatedAt: TEN },
      [/^several_values: quantity has Quantity and QUANTITY/],
    ],
    ['text', ['missing_value: sku is missing; quantity is missing; updatedAt is missing']],
    [null, ['missing_value: sku is missing; quantity is missing; updatedAt is missing']],
    [{ sku: 'constructor', quantity: 5, updatedAt: TEN }, [`constructor=5 ${TEN}`]],
  ])('%j', (record, expected) => {
    const said = value({ columns }, record);
    expect(said).toHaveLength(expected.length);
    for (const [index, one] of expected.entries()) {
      if (typeof one === 'string') expect(said[index]).toBe(one);
      else expect(said[index]).toMatch(one);
    }
  });

  it.each([
    ['/product/sku', { product: { sku: 'P-1' } }],
    ['product/SKU', { Product: { sku: 'P-1' } }],
    ['/items/0/sku', { items: [{ sku: 'P-1' }, { sku: 'P-2' }] }],
    ['items/sku', { items: [{ sku: 'P-1' }] }],
    ['/a~1b', { 'a/b': 'P-1' }],
    ['a/b', { 'a/b': 'P-1' }],
    ['/a b/c~0d', { 'a b': { 'c~d': 'P-1' } }],
  ])('is read by the path %s', (path, record) => {
    const feed = { columns: { sku: path, quantity: 'quantity', updatedAt: 'updatedAt' } };
    expect(value(feed, { ...record, quantity: 5, updatedAt: TEN })).toEqual([`P-1=5 ${TEN}`]);
  });

  it('is read by no inherited name', () => {
    const feed = { columns: { sku: 'toString', quantity: 'quantity', updatedAt: 'updatedAt' } };
    expect(value(feed, { quantity: 5, updatedAt: TEN })).toEqual(['missing_value: sku is missing']);
  });
});

describe('an element of XML', () => {
  const columns = { sku: 'SKU', quantity: 'Stock/Qty', updatedAt: 'Stock/@asOf' };

  it.each([
    [{ SKU: 'XML-1', Stock: { '@asOf': TEN, Qty: '5' } }, [`XML-1=5 ${TEN}`]],
    [
      {
        SKU: { '#text': 'XML-1', '@type': 'own' },
        Stock: { '@asOf': TEN, Qty: { '@unit': 'EA', '#text': '5' } },
      },
      [`XML-1=5 ${TEN}`],
    ],
    [{ '@sku': 'XML-1', Stock: [{ '@asOf': TEN, Qty: '5' }] }, [`XML-1=5 ${TEN}`]],
    [
      {
        SKU: 'XML-1',
        Stock: [
          { '@asOf': TEN, Qty: '5' },
          { '@asOf': TEN, Qty: '6' },
        ],
      },
      [/^several_values: quantity is a list of 2 before Qty/],
    ],
    [
      { SKU: 'XML-1', Stock: { '@asOf': TEN, Qty: { '@unit': 'EA' } } },
      [/^missing_value: quantity is missing/],
    ],
  ])('%j', (record, expected) => {
    expect(value({ columns }, record)[0]).toMatch(expected[0] ?? '');
  });
});

describe('the time of a whole file', () => {
  const feed = (times: unknown): Feed => ({ columns: { sku: 'sku', quantity: 'quantity' }, times });
  const record = { sku: 'A-1', quantity: 5 };

  it('is when it was written, when it came, or what its envelope says', () => {
    const fileTime = mustParseTime('2026-11-20T10:00:00.000000Z');
    expect(value(feed({ of: 'file' }), record, { fileTime })).toEqual([`A-1=5 ${TEN}`]);
    expect(value(feed({ of: 'received' }), record)).toEqual(['A-1=5 2026-11-21T06:00:00Z']);
    const times = { of: 'envelope', field: 'bia_04', format: 'yyyyMMdd', zone: 'Europe/Berlin' };
    expect(value(feed(times), record, { envelope: { BIA04: '20261120' } })).toEqual([
      'A-1=5 2026-11-19T23:00:00Z',
    ]);
  });

  it('is a refusal where nobody says it', () => {
    expect(value(feed({ of: 'file' }), record)).toEqual([
      'no_time_of_file: updatedAt is that of the file, and nobody says when that was written: times.of: received would do',
    ]);
    expect(value(feed({ of: 'envelope', field: 'when' }), record, { envelope: { BIA04: '1' } })).toEqual([
      'no_time_of_file: updatedAt is that of the envelope, which has no when (it has BIA04)',
    ]);
  });
});
