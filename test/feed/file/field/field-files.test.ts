import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { xlsxOf } from '../xlsx-of.ts';
import { zipOf } from '../zip-of.ts';
import { readByFeed, readByLook, type Came } from './read-field-file.ts';

interface FieldFile {
  name: string;
  content: Buffer | string;
  /** A definition without its first three keys; none: by its look. */
  by?: object;
  /** What was asked of whoever looks, and the answer. */
  open?: string[];
  answers?: object;
  comes: Partial<Came>;
}

const AT = '2026-11-20T10:00:00Z';
const T10 = '2026-11-20T10:00:00.000000Z';
const T11 = '2026-11-20T11:00:00.000000Z';
/** When the files of these tests were written. */
const NIGHT = '2026-11-25T03:00:00.000000Z';
const OURS = { columns: { sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt' } };
const FILE_TIME = { times: { of: 'file' } };
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const one = (sku: string, quantity = 5): Partial<Came> => ({ events: [[sku, quantity, T10]], refused: [] });
const named = (names: string[], content = ''): FieldFile['comes'] => ({
  events: names.map((name, no) => [name, no + 5, T10]),
  refused: [],
  ...(content && {}),
});

/** The kinds that the field report found refused. */
const REPORTED: FieldFile[] = [
  {
    name: '02 NDJSON that begins with a byte order mark',
    content: `\ufeff{"id":"nb1","sku":"NDB-01","quantity":5,"updatedAt":"${AT}"}\n{"id":"nb2","sku":"NDB-02","quantity":6,"updatedAt":"${AT}"}\n`,
    comes: named(['NDB-01', 'NDB-02']),
  },
  {
    name: '03 UTF-16 with tabs, as a spreadsheet saves "Unicode text"',
    content: utf16(`sku\tquantity\tupdatedAt\r\nU16-01\t5\t${AT}\r\n`),
    comes: one('U16-01'),
  },
  {
    name: '03b Latin-1',
    content: Buffer.from(`sku,quantity,updatedAt\nMÖBEL-01,5,${AT}\nLAT-02,6,${AT}\n`, 'latin1'),
    comes: named(['MÖBEL-01', 'LAT-02']),
  },
  { name: '04 semicolons', content: `sku;quantity;updatedAt\nSEMI-01;5;${AT}\n`, comes: one('SEMI-01') },
  {
    name: '05 tabs, no time, an empty last cell',
    content: 'sku\tquantity\thandling-time\nAMZ-01\t5\t2\nAMZ-02\t0\t\n',
    ...{ open: ['times.of'], answers: FILE_TIME },
    comes: {
      events: [
        ['AMZ-01', 5, NIGHT],
        ['AMZ-02', 0, NIGHT],
      ],
      refused: [],
    },
  },
  {
    name: '06 names of columns in another spelling',
    content: `SKU,Quantity,Updated At\nHDR-01,5,${AT}\n`,
    comes: one('HDR-01'),
  },
  {
    name: '07 a row for each warehouse, figures with decimals, no time',
    content:
      'source_code,sku,status,quantity\nwest,MSI-01,1,4.0000\neast,MSI-01,1,9.0000\nwest,MSI-02,0,-2.0000\n',
    ...{ open: ['times.of'], answers: FILE_TIME },
    comes: {
      events: [
        ['MSI-01', 4, NIGHT, 'west'],
        ['MSI-01', 9, NIGHT, 'east'],
        ['MSI-02', -2, NIGHT, 'west'],
      ],
      refused: [],
    },
  },
  {
    name: '08 a column more',
    content: `sku,quantity,updatedAt,warehouse\nEXT-01,5,${AT},west\n`,
    comes: { events: [['EXT-01', 5, T10, 'west']], refused: [] },
  },
  {
    name: '09 lines that end with CR',
    content: `sku,quantity,updatedAt\rMAC-01,5,${AT}\rMAC-02,6,${AT}\r`,
    comes: named(['MAC-01', 'MAC-02']),
  },
  {
    name: '10 line breaks within quotes, of what looks like a row',
    content: `sku,quantity,updatedAt,note\nQNL-01,5,${AT},"line one\nQNL-99,999,${AT},ghost\nline three"\nQNL-02,6,${AT},q2\n`,
    comes: named(['QNL-01', 'QNL-02']),
  },
  {
    name: '10b the same as an id, which has no lines',
    content: `sku,quantity,updatedAt,id\nQNL-01,5,${AT},"line one\nQNL-99,999,${AT},ghost"\nQNL-02,6,${AT},q2\n`,
    comes: { events: [['QNL-02', 6, T10]], refused: [[2, 'bad_id']] },
  },
  {
    name: '13 quantities as people write them',
    content:
      'sku,quantity,updatedAt\n' +
      ['5.0', '"1,234"', '"5,0"', '2.5', '', '10+', ' 8 ', '1E+02', '+5', '007']
        .map((quantity, no) => `QTY-${no},${quantity},${AT}\n`)
        .join(''),
    open: ['quantities.decimal', 'quantities.words'],
    comes: {
      events: [
        ['QTY-0', 5, T10],
        ['QTY-6', 8, T10],
        ['QTY-8', 5, T10],
        ['QTY-9', 7, T10],
      ],
      refused: [
        ...([
          [3, 'ambiguous_quantity'],
          [4, 'ambiguous_quantity'],
          [5, 'not_whole'],
        ] as [number, string][]),
        ...([
          [6, 'missing_value'],
          [7, 'bad_quantity'],
          [9, 'bad_quantity'],
        ] as [number, string][]),
      ],
    },
  },
  {
    name: '14 more sold than there was',
    content: `sku,quantity,updatedAt\nNEG-01,10,${AT}\nNEG-01,-3,2026-11-20T11:00:00Z\nNEG-02,4,2026-11-20T11:00:00Z\n`,
    comes: {
      events: [
        ['NEG-01', 10, T10],
        ['NEG-01', -3, T11],
        ['NEG-02', 4, T11],
      ],
      refused: [],
    },
  },
  {
    name: '16 times as programs write them',
    content:
      'sku,quantity,updatedAt\n' +
      [
        ...['2026-11-20T10:00:00', '2026-11-20 10:00:00+00:00', '2026-11-20T10:00:00+0000', '1763632800'],
        ...['2026-11-20T10:00:00.123456789Z', '2026-11-20', '20/11/2026 10:00', '20261120T100000Z'],
        ...['"Fri, 20 Nov 2026 10:00:00 GMT"', '0001-01-01T00:00:00Z', '2026-11-20T12:00+02:00'],
      ]
        .map((time, no) => `TIM-${no},5,${time}\n`)
        .join(''),
    open: ['times.format'],
    comes: {
      events: [
        ...[1, 2].map((no): Came['events'][number] => [`TIM-${no}`, 5, T10]),
        ['TIM-4', 5, '2026-11-20T10:00:00.123456Z'],
        ...[7, 8, 10].map((no): Came['events'][number] => [`TIM-${no}`, 5, T10]),
      ],
      refused: [
        ...([
          [2, 'no_zone'],
          [5, 'epoch_time'],
          [7, 'no_time_of_day'],
        ] as [number, string][]),
        ...([
          [8, 'ambiguous_time'],
          [11, 'zero_time'],
        ] as [number, string][]),
      ],
    },
  },
  {
    name: '18 gzip, whatever its name says',
    content: gzipSync(`sku,quantity,updatedAt\nGZ-01,5,${AT}\n`),
    comes: one('GZ-01'),
  },
  { name: '19 an empty file', content: '', comes: { events: [], unreadable: 'The file is empty.' } },
  { name: '19b a header alone', content: 'sku,quantity,updatedAt\n', comes: { events: [], refused: [] } },
  {
    name: '21 a snapshot',
    content: `sku,quantity,updatedAt\nSNAP-01,5,${AT}\nSNAP-02,6,${AT}\n`,
    by: { ...OURS, kind: 'snapshot' },
    comes: named(['SNAP-01', 'SNAP-02']),
  },
  {
    name: '22 the same item twice, whose locations are in the other field',
    content: `{"id":"loc1","sku":"LOC-01","quantity":12,"updatedAt":"${AT}","location":"west"}\n{"id":"loc2","sku":"LOC-01","quantity":3,"updatedAt":"${AT}","location":"east"}\n`,
    comes: {
      events: [
        ['LOC-01', 12, T10, 'west'],
        ['LOC-01', 3, T10, 'east'],
      ],
      refused: [],
    },
  },
  {
    name: '26 an envelope of XML around one message',
    content:
      '<?xml version="1.0" encoding="utf-8"?>\n<InventoryFile><MessageType>Inventory</MessageType><Message><MessageID>1</MessageID><Inventory><SKU>XML-01</SKU><Quantity>5</Quantity></Inventory></Message></InventoryFile>',
    by: {
      rows: '/InventoryFile/Message',
      columns: { sku: 'Inventory/SKU', quantity: 'Inventory/Quantity' },
      ...FILE_TIME,
    },
    comes: { events: [['XML-01', 5, NIGHT]], refused: [] },
  },
  {
    name: '27 an X12 846 that begins at ST',
    content: 'ST*846*0001~BIA*00*SI*F1*20261120~LIN*1*VN*EDI-01~QTY*33*5*EA~SE*5*0001~\n',
    by: {
      columns: { sku: '/sku', quantity: '/quantity', updatedAt: '/documentDate' },
      times: { format: 'yyyy-MM-dd', zone: 'America/New_York' },
    },
    comes: { events: [['EDI-01', 5, '2026-11-20T05:00:00.000000Z']], refused: [] },
  },
  {
    name: '28 a column for each warehouse',
    content:
      'Handle,Title,SKU,HS Code,COO,West Depot,East Depot\noak,Oak,STOOL-T,,,12,3\noak,Oak,STOOL-L,,,4,not stocked\n',
    by: {
      columns: { sku: 'SKU', quantity: { west: 'West Depot', east: 'East Depot' } },
      quantities: { words: { 'not stocked': 'none' } },
      ...FILE_TIME,
    },
    comes: {
      events: [
        ['STOOL-T', 12, NIGHT, 'west'],
        ['STOOL-T', 3, NIGHT, 'east'],
        ['STOOL-L', 4, NIGHT, 'west'],
      ],
      refused: [],
    },
  },
  {
    name: '30 fields that nobody knows, numbers as texts, and texts as numbers',
    content: [
      `{"id":"x1","sku":"XTR-01","quantity":5,"updatedAt":"${AT}","locationId":"west"}`,
      `{"id":"x2","sku":"XTR-02","quantity":"6","updatedAt":"${AT}"}`,
      `{"id":"x3","sku":"XTR-03","quantity":null,"updatedAt":"${AT}"}`,
      `{"id":4711,"sku":10023,"quantity":5,"updatedAt":"${AT}"}`,
      `{"id":"x5","sku":"XTR-05","quantity":5,"updatedAt":1763632800}`,
    ].join('\n'),
    open: ['times.format'],
    comes: {
      events: [
        ['XTR-01', 5, T10, 'west'],
        ['XTR-02', 6, T10],
        ['10023', 5, T10],
      ],
      refused: [
        [3, 'missing_value'],
        [5, 'epoch_time'],
      ],
    },
  },
  {
    name: '35 a hint for Excel',
    content: `sep=,\r\nsku,quantity,updatedAt\r\nSEP-01,5,${AT}\r\n`,
    comes: one('SEP-01'),
  },
  {
    name: '37 semicolons, and commas within figures',
    content: `sku;quantity;updatedAt\nDEC-01;5,0;${AT}\nDEC-02;12,5;${AT}\n`,
    by: { ...OURS, quantities: { decimal: ',' } },
    comes: { events: [['DEC-01', 5, T10]], refused: [[3, 'not_whole']] },
  },
];

const cell = (ref: string, value: string | number): string =>
  typeof value === 'number'
    ? `<c r="${ref}"><v>${value}</v></c>`
    : `<c r="${ref}" t="inlineStr"><is><t>${value}</t></is></c>`;
const sheetRow = (no: number, ...values: (string | number)[]): string =>
  `<row r="${no}">${values.map((value, at) => cell(`${'ABCDEF'[at] ?? ''}${no}`, value)).join('')}</row>`;
const XML_TIME = `<Stand>20.11.2026 11:00</Stand>`;
const BERLIN = { times: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' } };
const GERMAN = {
  columns: { sku: 'Artikelnr', quantity: 'Bestand', updatedAt: 'Stand' },
  ...BERLIN,
};

/** Others, of the same trade. */
const OTHERS: FieldFile[] = [
  {
    name: 'a German night export in Windows-1252',
    content: Buffer.from(
      'Artikelnr;Bestand;Stand;Lager\r\nSTÜHL-1;1.234,0;20.11.2026 11:00;Süd\r\n',
      'latin1',
    ),
    by: {
      columns: { ...GERMAN.columns, location: 'Lager' },
      ...BERLIN,
      quantities: { decimal: ',', thousands: '.' },
    },
    comes: { events: [['STÜHL-1', 1_234, T10, 'Süd']], refused: [] },
  },
  {
    name: 'a French one, with spaces in its thousands',
    content: 'Référence;Quantité;Date MAJ\nCHAISE-1;1\u202f234;20/11/2026 11:00\n',
    by: {
      columns: { sku: 'reference', quantity: 'quantite', updatedAt: 'Date MAJ' },
      times: { format: 'dd/MM/yyyy HH:mm', zone: 'Europe/Paris' },
      quantities: { thousands: ' ' },
    },
    comes: { faults: ['columns.sku', 'columns.quantity'], events: [] },
  },
  {
    name: 'the same, with its accents',
    content: 'Référence;Quantité;Date MAJ\nCHAISE-1;1\u202f234;20/11/2026 11:00\n',
    by: {
      columns: { sku: 'référence', quantity: 'QUANTITÉ', updatedAt: 'date_maj' },
      times: { format: 'dd/MM/yyyy HH:mm', zone: 'Europe/Paris' },
      quantities: { thousands: ' ' },
    },
    comes: { events: [['CHAISE-1', 1_234, T10]], refused: [] },
  },
  {
    name: 'an American one, with AM and PM',
    content: 'Item Number,On Hand,Last Updated\nUS-1,"1,234",11/20/2026 05:00:00 AM\n',
    by: {
      columns: { sku: 'Item Number', quantity: 'On Hand', updatedAt: 'Last Updated' },
      times: { format: 'MM/dd/yyyy hh:mm:ss a', zone: 'America/New_York' },
      quantities: { thousands: ',' },
    },
    comes: { events: [['US-1', 1_234, T10]], refused: [] },
  },
  {
    name: 'a Swiss one, with apostrophes',
    content: "Artikel-Nr.;Bestand;Stand\nCH-1;1'234;20.11.2026 11:00\n",
    by: {
      columns: { sku: 'Artikel-Nr.', quantity: 'Bestand', updatedAt: 'Stand' },
      times: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Zurich' },
      quantities: { thousands: "'" },
    },
    comes: { events: [['CH-1', 1_234, T10]], refused: [] },
  },
  {
    name: 'words for figures',
    content:
      'Artikelnr;Bestand;Stand\nW-1;auf Lager;20.11.2026 11:00\nW-2;AUSVERKAUFT;20.11.2026 11:00\nW-3;10+;20.11.2026 11:00\n',
    by: { ...GERMAN, quantities: { words: { 'auf lager': 10, ausverkauft: 0, '10+': 10 } } },
    comes: {
      events: [
        ['W-1', 10, T10],
        ['W-2', 0, T10],
        ['W-3', 10, T10],
      ],
      refused: [],
    },
  },
  {
    name: 'titles above the header, and a sum below',
    content: 'Bestand vom 20.11.2026\n\nArtikelnr;Bestand;Stand\nT-1;5;20.11.2026 11:00\nSumme;5;\n',
    by: { ...GERMAN, header: 3 },
    comes: { events: [['T-1', 5, T10]], refused: [[5, 'missing_value']] },
  },
  {
    name: 'no header',
    content: `N-1,5,${AT}\n"N-2",6,${AT}\n`,
    by: { header: 0, columns: { sku: 1, quantity: 2, updatedAt: 3 } },
    comes: named(['N-1', 'N-2']),
  },
  {
    name: 'pipes, and a name in which there is everything',
    content: `sku|quantity|updatedAt|title\nP-1|5|${AT}|Table, oak; 2"\nP-2|6|${AT}|\n`,
    by: { ...OURS, quote: 'none' },
    comes: named(['P-1', 'P-2']),
  },
  {
    name: 'the earlier of two columns that a supplier renamed',
    content: `sku,stock_level,updatedAt\nR-1,5,${AT}\n`,
    by: { columns: { ...OURS.columns, quantity: ['qty', 'Stock Level'] } },
    comes: one('R-1'),
  },
  {
    name: 'a delimiter too many in some lines',
    content: `sku,quantity,updatedAt\nS-1,5,${AT},\nS-2,6,${AT},,\nS-3,7,${AT},x\n`,
    comes: {
      events: [
        ['S-1', 5, T10],
        ['S-2', 6, T10],
      ],
      refused: [[4, 'too_many_fields']],
    },
  },
  {
    name: 'a quote that is not closed, by which the rest is lost',
    content: `sku,quantity,updatedAt\nC-1,5,${AT}\nC-2,6,"${AT}\nC-3,7,${AT}\n`,
    by: OURS,
    comes: { unreadable: expect.stringMatching(/line 3/) as string },
  },
  {
    name: 'gzip without its end',
    content: gzipSync(`sku,quantity,updatedAt\n${`Z-1,5,${AT}\n`.repeat(500)}`).subarray(0, -8),
    by: OURS,
    comes: { unreadable: expect.stringMatching(/cut/i) as string },
  },
  {
    name: 'a ZIP in which one file is a table',
    content: zipOf({ 'stock.csv': Buffer.from(`sku,quantity,updatedAt\nZIP-1,5,${AT}\n`) }),
    comes: one('ZIP-1'),
  },
  {
    name: 'a ZIP of several, of which the feed names one',
    content: zipOf({
      'prices.csv': Buffer.from('sku,price\nZIP-1,9\n'),
      'stock-1.csv': Buffer.from(`sku,quantity,updatedAt\nZIP-2,5,${AT}\n`),
    }),
    by: { ...OURS, entry: 'stock-*.csv' },
    comes: one('ZIP-2'),
  },
  {
    name: 'a spreadsheet with a date of its own',
    content: xlsxOf({
      sheets: [
        {
          name: 'Bestand',
          rows:
            sheetRow(1, 'Artikelnr', 'Bestand', 'Stand') +
            `<row r="2">${cell('A2', 'X-1')}${cell('B2', 5)}<c r="C2" s="1"><v>46346.458333333336</v></c></row>`,
        },
      ],
      formats: ['dd.mm.yyyy hh:mm'],
    }),
    by: { ...GERMAN, times: { zone: 'Europe/Berlin' } },
    comes: one('X-1'),
  },
  {
    name: 'a spreadsheet with SKUs that are numbers, on its second sheet',
    content: xlsxOf({
      sheets: [
        { name: 'Info', rows: sheetRow(1, 'Bestandsliste') },
        { name: 'Daten', rows: sheetRow(1, 'sku', 'quantity', 'updatedAt') + sheetRow(2, 10_023, 5, AT) },
      ],
    }),
    by: { ...OURS, sheet: 'Daten' },
    comes: one('10023'),
  },
  {
    name: 'JSON with an array somewhere, and one time for all',
    content: JSON.stringify({
      meta: { generated: '2026-11-20T10:00:00Z' },
      data: {
        items: [
          { code: 'J-1', stock: { free: 5 } },
          { code: 'J-2', stock: { free: 6 } },
        ],
      },
    }),
    by: {
      rows: '/data/items',
      columns: { sku: '/code', quantity: '/stock/free' },
      times: { of: 'envelope', field: '/meta/generated' },
    },
    comes: named(['J-1', 'J-2']),
  },
  {
    name: 'an array of JSON, one of whose elements is none',
    content: JSON.stringify([
      { sku: 'J-1', quantity: 5, updatedAt: AT },
      'x',
      { sku: 'J-2', quantity: 2.5, updatedAt: AT },
    ]),
    by: OURS,
    comes: {
      events: [['J-1', 5, T10]],
      refused: [
        [2, 'is no JSON object'],
        [3, 'not_whole'],
      ],
    },
  },
  {
    name: 'JSON without its end',
    content: JSON.stringify([{ sku: 'J-1', quantity: 5, updatedAt: AT }]).slice(0, -1),
    by: OURS,
    comes: { unreadable: expect.stringMatching(/cut|end/i) as string },
  },
  {
    name: 'NDJSON with seconds since 1970',
    content:
      '{"sku":"E-1","quantity":5,"updatedAt":1795168800}\n{"sku":"E-2","quantity":6,"updatedAt":"1795168800"}\n',
    by: { ...OURS, times: { format: 'epoch' } },
    comes: named(['E-1', 'E-2']),
  },
  {
    name: 'XML with attributes and a namespace',
    content: `<s:stock xmlns:s="urn:x" date="${AT}"><s:item code="A-1" qty="5"/><s:item code="A-2" qty="6"/></s:stock>`,
    by: { columns: { sku: '@code', quantity: '@qty' }, times: { of: 'envelope', field: '/stock/@date' } },
    comes: named(['A-1', 'A-2']),
  },
  {
    name: 'XML with several places of an item',
    content: `<liste><artikel><nr>M-1</nr>${XML_TIME}<menge>5</menge></artikel><artikel><nr>M-2</nr>${XML_TIME}<menge>6</menge><menge>7</menge></artikel></liste>`,
    by: { ...BERLIN, columns: { sku: 'nr', quantity: 'menge', updatedAt: 'Stand' } },
    comes: { events: [['M-1', 5, T10]], refused: [[2, 'several_values']] },
  },
  {
    name: 'XML without its end',
    content: '<liste><artikel><nr>M-1</nr><menge>5</menge></artikel>',
    by: { columns: { sku: 'nr', quantity: 'menge' }, ...FILE_TIME },
    comes: { unreadable: expect.stringMatching(/cut|close|end/i) as string },
  },
  {
    name: 'an EDIFACT INVRPT',
    content:
      "UNB+UNOC:3+ACME:14+SHOP:14+261120:1000+42'UNH+1+INVRPT:D:96A:UN'BGM+35+1+9'DTM+137:202611201000:203'LIN+1++4006381333931:EN'PIA+5+ED-1:SA'QTY+145:5:PCE'UNT+7+1'UNZ+1+42'",
    by: {
      columns: { sku: '/ids/SA', quantity: '/quantity', updatedAt: '/documentDate' },
      times: { format: "yyyy-MM-dd'T'HH:mm:ss", zone: 'UTC' },
    },
    comes: one('ED-1'),
  },
  {
    name: 'an X12 846 whose count does not match',
    content: 'ST*846*0001~BIA*00*SI*F1*20261120~LIN*1*VN*EDI-01~QTY*33*5*EA~SE*9*0001~\n',
    by: { columns: { sku: '/sku', quantity: '/quantity' }, ...FILE_TIME },
    comes: { unreadable: expect.stringMatching(/SE/) as string },
  },
  {
    name: 'a page of a web site in place of a file',
    content: '<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>',
    comes: { events: [], unreadable: expect.stringMatching(/web page|HTML/i) as string },
  },
  {
    name: 'a picture',
    content: Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      Buffer.alloc(200, 7),
    ]),
    comes: { events: [], unreadable: expect.stringMatching(/PNG|picture|image/i) as string },
  },
];

describe.each([
  ['a file of a kind that was refused in the field', REPORTED, 25],
  ['a file of another kind', OTHERS, 25],
] as const)('%s', (_, files, least) => {
  it('is there for each of them', () => {
    expect(files.length).toBeGreaterThanOrEqual(least);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  });

  it.each(files.map((file) => [file.name, file] as const))('%s', async (_name, file) => {
    const { content, by, answers, open = [], comes } = file;
    if (by) expect(await readByFeed(content, by)).toMatchObject(comes);
    else {
      const came = await readByLook(content, answers);
      expect(came).toMatchObject(comes);
      expect(came.open.toSorted()).toEqual(open.toSorted());
    }
  });
});
