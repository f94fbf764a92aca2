import { describe, expect, it } from 'vitest';
import type { Format } from '../../../src/feed/file/row.ts';
import { guessFeed } from '../../../src/feed/mapping/guess.ts';
import type { Sample } from '../../../src/feed/mapping/sample.ts';
import { checkDefinition } from '../../../src/feed/definition/read-definition.ts';
import { guessFile } from '../../../src/feed/preview/guess-file.ts';
import { inPieces } from '../file/read-all.ts';
import { ofCells, ofValue } from './rows.ts';

const NAMES = { feed: 'guess', supplier: 'acme' };
const TEN = '2026-11-20T10:00:00Z';

/** The first line names the columns. */
function table(lines: readonly string[], more: Partial<Sample> = {}): Sample {
  const [columns = [], ...rows] = lines.map((line) => line.split(';'));
  return { format: 'csv', columns, envelope: {}, rows: rows.map((cells) => ofCells(cells)), ...more };
}

function records(format: Format, values: readonly unknown[], envelope: Record<string, string> = {}): Sample {
  return { format, columns: undefined, envelope, rows: values.map((value) => ofValue(value)) };
}

function guess(sample: Sample) {
  const { document, open, questions } = guessFeed(sample, NAMES);
  const { columns, times, quantities } = document;
  return { columns, times, quantities, open, questions };
}

describe('the guess of a table', () => {
  it.each([
    [
      'in our own words',
      ['sku;quantity;updatedAt;id', `A-1;5;${TEN};e-1`],
      { sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt', id: 'id' },
    ],
    [
      'in another case',
      ['SKU;Quantity;Updated At', `A-1;5;${TEN}`],
      { sku: 'SKU', quantity: 'Quantity', updatedAt: 'Updated At' },
    ],
    [
      'in German',
      ['Artikelnr.;Bezeichnung;Bestand;Stand;Lager', `A-1;Hocker;5;${TEN};Nord`],
      { sku: 'Artikelnr.', quantity: 'Bestand', updatedAt: 'Stand', location: 'Lager' },
    ],
    [
      'in French',
      ['Référence;Quantité;Date mise à jour;Entrepôt', `A-1;5;${TEN};Lyon`],
      { sku: 'Référence', quantity: 'Quantité', updatedAt: 'Date mise à jour', location: 'Entrepôt' },
    ],
    [
      'in Spanish',
      ['Código;Cantidad;Fecha', `A-1;5;${TEN}`],
      { sku: 'Código', quantity: 'Cantidad', updatedAt: 'Fecha' },
    ],
    [
      'of a marketplace',
      ['seller-sku;available;last_updated;id', `A-1;5;${TEN};77`],
      { sku: 'seller-sku', quantity: 'available', updatedAt: 'last_updated' },
    ],
    [
      'with more names than one, the surest',
      ['EAN;SKU;Qty;Date', `4001;A-1;5;${TEN}`],
      { sku: 'SKU', quantity: 'Qty', updatedAt: 'Date' },
    ],
  ])('%s', (_, lines, columns) => {
    const guessed = guess(table(lines));
    expect(guessed.open).toEqual([]);
    expect(guessed.columns).toEqual(columns);
  });

  it('is a document that can be saved', () => {
    const { document } = guessFeed(table(['sku;Bestand;Stand', `A-1;1,0;${TEN}`]), NAMES);
    const read = checkDefinition(document);
    expect(read).toMatchObject({
      ok: true,
      definition: { ...NAMES, format: 'csv', quantities: { decimal: ',' } },
    });
  });

  it.each([
    ['no time', ['sku;quantity;handling-time', 'A-1;5;2', 'A-2;0;'], ['times.of']],
    ['rows by warehouse', ['source_code;sku;status;quantity', 'west;A-1;1;4.0000'], ['times.of']],
    ['two columns for one thing', ['sku;on hand;available;updated', `A-1;5;4;${TEN}`], ['columns.quantity']],
    ['two times', ['sku;qty;updated;changed', `A-1;5;${TEN};${TEN}`], ['columns.updatedAt']],
    ['no names that are known', ['a;b;c', `A-1;5;${TEN}`], ['columns.sku', 'columns.quantity', 'times.of']],
    ['words', ['sku;qty;updated', `A-1;5;${TEN}`, `A-2;auf Lager;${TEN}`], ['quantities.words']],
    ['local times', ['sku;qty;updated', 'A-1;5;2026-11-20 10:00:00'], ['times.zone']],
  ])('leaves open what it cannot know: %s', (_, lines, open) => {
    expect(guess(table(lines)).open).toEqual(open);
  });

  it('takes columns that are named as places and hold figures for locations', () => {
    const lines = ['Handle;SKU;West Depot;East Depot', 'oak;STOOL-T;12;3', 'oak;STOOL-L;4;not stocked'];
    const guessed = guess(table(lines));
    expect(guessed.columns).toEqual({
      sku: 'SKU',
      quantity: { 'West Depot': 'West Depot', 'East Depot': 'East Depot' },
    });
    expect(guessed.questions.map(({ path, choices }) => [path, choices])).toEqual([
      ['quantities.words', ['not stocked']],
      ['times.of', ['file', 'received']],
    ]);
  });
});

describe('the guess of times', () => {
  const timesOf = (...times: string[]) =>
    guess(table(['sku;qty;updated', ...times.map((time) => `A-1;5;${time}`)]));

  it.each([
    [[TEN, '2026-11-20 10:00:00+00:00'], undefined, []],
    [['Fri, 20 Nov 2026 10:00:00 GMT'], undefined, []],
    [['1763632800'], { format: 'epoch' }, []],
    [['1763632800000'], { format: 'epochMillis' }, []],
    [['20.11.2026 10:00', '01.02.2026 09:00'], { format: 'dd.MM.yyyy HH:mm' }, ['times.zone']],
    [['1.2.2026', '20.11.2026'], { format: 'd.M.yyyy' }, ['times.zone']],
    [['20.11.2026 10:00:00'], { format: 'dd.MM.yyyy HH:mm:ss' }, ['times.zone']],
    [['20.11.2026 10:00 +01:00'], { format: 'dd.MM.yyyy HH:mm ZZ' }, []],
    [['20/11/2026 10:00', '01/02/2026 10:00'], { format: 'dd/MM/yyyy HH:mm' }, ['times.zone']],
    [['11/20/2026 10:00 PM', '01/02/2026 1:05 AM'], { format: 'MM/dd/yyyy h:mm a' }, ['times.zone']],
    [['01/02/2026', '03/04/2026'], undefined, ['times.format', 'times.zone']],
    [['05/05/2026'], undefined, ['times.format', 'times.zone']],
    [['20.11.26'], undefined, ['times.format', 'times.zone']],
    [['2026-11-20'], { format: 'yyyy-MM-dd' }, ['times.zone']],
    [['2026/11/20 10:00:00.123'], { format: 'yyyy/MM/dd HH:mm:ss.u' }, ['times.zone']],
    [['20261120'], { format: 'yyyyMMdd' }, ['times.zone']],
    [['20261120100000'], { format: 'yyyyMMddHHmmss' }, ['times.zone']],
    [['20 Nov 2026 10:00'], { format: 'd MMM yyyy HH:mm' }, ['times.zone']],
    [['20. März 2026'], { format: ['d. MMM yyyy', 'd. MMMM yyyy'], locale: 'de' }, ['times.zone']],
    [['20.11.2026', '2026-11-20'], undefined, ['times.format']],
    [['soon'], undefined, ['times.format']],
    [['', ''], undefined, []],
  ])('%j', (times, settings, open) => {
    const guessed = timesOf(...times);
    expect(guessed.times).toEqual(settings);
    expect(guessed.open).toEqual(open);
  });

  it.each([
    [['2026-11-20T11:00:00'], ['20.11.2026 11:00'], { format: 'dd.MM.yyyy HH:mm' }, ['times.zone']],
    [['2026-11-20T11:00:00'], [TEN], undefined, ['times.zone']],
    [['2026-11-20'], [TEN], { format: ['iso', 'rfc2822', 'yyyy-MM-dd'] }, ['times.zone']],
    [['2026-11-20', '2026-11-20T11:00:00'], [], { format: ['iso', 'rfc2822', 'yyyy-MM-dd'] }, ['times.zone']],
    [['2026-11-20T11:00:00'], ['soon'], undefined, ['times.format', 'times.zone']],
  ])(
    'is of the texts alone, where %j are dates of a spreadsheet and %j texts',
    (dates, texts, settings, open) => {
      const rows = [...dates, ...texts].map((time, no) => ({
        ...ofCells(['A-1', '5', time]),
        ...(no < dates.length && { dates: [2] }),
      }));
      const guessed = guess({ format: 'xlsx', columns: ['sku', 'qty', 'updated'], envelope: {}, rows });
      expect(guessed.times).toEqual(settings);
      expect(guessed.open).toEqual(open);
    },
  );

  it('says what numbers of a spreadsheet look like', () => {
    const { questions, times } = timesOf('45987.25', '45988');
    expect(times).toBeUndefined();
    expect(questions).toMatchObject([{ path: 'times.format', choices: [] }]);
    expect(questions[0]?.why).toMatch(/"45987\.25" looks like a spreadsheet's serial date/);
  });

  it('names the ways in which they may be read', () => {
    expect(timesOf('01/02/2026').questions[0]?.choices).toEqual(['dd/MM/yyyy', 'MM/dd/yyyy']);
  });
});

describe('the guess of quantities', () => {
  const quantitiesOf = (...figures: string[]) =>
    guess(table(['sku;qty;updated', ...figures.map((figure) => `A-1;${figure};${TEN}`)]));

  it.each([
    [['5', '5.0', '4.0000', '-3', '+5', '007', ' 8 ', ''], undefined, []],
    [['5,0', '12,5'], { decimal: ',' }, []],
    [['1.234,00', '5,00'], { decimal: ',', thousands: '.' }, []],
    [['1,234.00', '5.00'], { decimal: '.', thousands: ',' }, []],
    [['1,234,567'], { decimal: '.', thousands: ',' }, []],
    [['1 234', '5'], { thousands: ' ' }, []],
    [["1'234"], { thousands: "'" }, []],
    [['1,234'], undefined, ['quantities.decimal']],
    [['1.234', '5'], undefined, ['quantities.decimal']],
    [['5.0', '1,234', '5,0', '2.5', '', ' 8 '], undefined, ['quantities.decimal']],
    [['5', '10+', '1E+02'], undefined, ['quantities.words']],
  ])('%j', (figures, settings, open) => {
    const guessed = quantitiesOf(...figures);
    expect(guessed.quantities).toEqual(settings);
    expect(guessed.open).toEqual(open);
  });
});

describe('the guess of records', () => {
  it.each<[string, Sample, unknown, readonly string[]]>([
    [
      'of JSON with parts',
      records('json', [{ product: { SKU: 'A-1' }, stock: { available: 5 }, updated_at: TEN }]),
      { columns: { sku: '/product/SKU', quantity: '/stock/available', updatedAt: 'updated_at' } },
      [],
    ],
    [
      'with more fields, and numbers that count from 1970',
      records('ndjson', [{ sku: 'A-1', quantity: 5, updatedAt: 1_763_632_800, locationId: 'west' }]),
      {
        columns: { sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt', location: 'locationId' },
        times: { format: 'epoch' },
      },
      [],
    ],
    [
      'of XML, whose envelope has the time',
      records('xml', [{ SKU: 'A-1', Stock: { '@unit': 'EA', '#text': '5' } }], {
        'Header/MessageID': '1',
        'Header/Date': TEN,
      }),
      { columns: { sku: 'SKU', quantity: 'Stock' }, times: { of: 'envelope', field: 'Header/Date' } },
      [],
    ],
    [
      'of XML without any time',
      records('xml', [{ Inventory: { SKU: 'A-1', Quantity: '5' } }], { 'Header/MessageID': '1' }),
      { columns: { sku: 'Inventory/SKU', quantity: 'Inventory/Quantity' } },
      ['times.of'],
    ],
    [
      'of X12, whose date has no zone',
      records('x12-846', [{ sku: 'EDI-01', quantity: '5', ids: { VN: 'EDI-01' } }], {
        ISA13: '000000001',
        BIA04: '20261120',
      }),
      {
        columns: { sku: 'sku', quantity: 'quantity' },
        times: { of: 'envelope', field: 'BIA04', format: 'yyyyMMdd' },
      },
      ['times.zone'],
    ],
  ])('%s', (_, sample, document, open) => {
    const guessed = guess(sample);
    expect(guessed).toMatchObject(document as object);
    expect(guessed.open).toEqual(open);
  });

  it.each([
    [
      'JSON',
      JSON.stringify({ notes: [{ text: 'x' }], stock: { items: [{ sku: 'A', qty: 1 }] } }),
      '/stock/items',
    ],
    ['XML', '<f><n/><n/><i><item><sku>A</sku><qty>1</qty></item></i></f>', '/f/i/item'],
    ['JSON that is one list', '[{"sku":"A","qty":1}]', undefined],
  ])('says where the rows of %s were found, so that later files are read alike', async (_, content, rows) => {
    const { document } = await guessFile(inPieces(content, 100), { name: undefined, ...NAMES });
    expect(document.rows).toBe(rows);
    expect(document.columns).toMatchObject({ sku: 'sku', quantity: 'qty' });
  });
});
