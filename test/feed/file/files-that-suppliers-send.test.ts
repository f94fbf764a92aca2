import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Found, ReadSettings } from '../../../src/feed/file/row.ts';
import { PIECE_SIZES, readAll, readShort } from './read-all.ts';
import { zipOf } from './zip-of.ts';

interface Kind {
  name: string;
  content: Buffer | string;
  how?: ReadSettings;
  found: Partial<Found>;
  columns?: string[];
  rows: [line: number, cellsOrValue: unknown][];
}

const utf16 = (text: string, order: 'le' | 'be', mark = true): Buffer => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};
const HEADER = ['sku', 'quantity', 'updatedAt'];
const TIME = '2026-11-20T10:00:00Z';
const hasSku = (value: unknown): boolean => typeof value === 'object' && value !== null && 'sku' in value;

const TABLES: Kind[] = [
  {
    name: 'UTF-16 with a mark, tabs and CRLF',
    content: utf16(`sku\tquantity\tupdatedAt\r\nU16-01\t5\t${TIME}\r\n`, 'le'),
    found: { format: 'csv', encoding: 'utf-16le', delimiter: '\t', place: 'line' },
    columns: HEADER,
    rows: [[2, ['U16-01', '5', TIME]]],
  },
  {
    name: 'UTF-16, the other end first, without a mark',
    content: utf16(`sku;quantity\nGRÜN-1;5\n`, 'be', false),
    found: { encoding: 'utf-16be', delimiter: ';' },
    columns: ['sku', 'quantity'],
    rows: [[2, ['GRÜN-1', '5']]],
  },
  {
    name: 'UTF-16 without a mark',
    content: utf16(`sku,quantity\nGRÜN-1,5\n`, 'le', false),
    found: { encoding: 'utf-16le' },
    columns: ['sku', 'quantity'],
    rows: [[2, ['GRÜN-1', '5']]],
  },
  {
    name: 'Latin-1',
    content: Buffer.from(`sku,quantity,updatedAt\nMÖBEL-01,5,${TIME}\nLAT-02,5,${TIME}\n`, 'latin1'),
    found: { encoding: 'windows-1252' },
    columns: HEADER,
    rows: [
      [2, ['MÖBEL-01', '5', TIME]],
      [3, ['LAT-02', '5', TIME]],
    ],
  },
  {
    name: 'Windows-1252 with its own characters',
    content: Buffer.from('sku;Pr\x80is\nA\x96B;\x935\x94\n', 'latin1'),
    found: { encoding: 'windows-1252' },
    columns: ['sku', 'Pr€is'],
    rows: [[2, ['A–B', '“5”']]],
  },
  {
    name: 'an encoding that the setting names',
    content: Buffer.from([0x73, 0x6b, 0x75, 0x0a, 0xc4, 0xc5, 0xcd, 0x0a]),
    how: { encoding: 'windows-1251' },
    found: { encoding: 'windows-1251' },
    columns: ['sku'],
    rows: [[2, ['ДЕН']]],
  },
  {
    name: 'semicolons',
    content: `sku;quantity;updatedAt\nSEMI-01;5;${TIME}\n`,
    found: { delimiter: ';', encoding: 'utf-8' },
    columns: HEADER,
    rows: [[2, ['SEMI-01', '5', TIME]]],
  },
  {
    name: 'semicolons, and as many commas in the figures',
    content: 'sku;quantity, pcs\nDEC-01;5,0\nDEC-02;12,5\n',
    found: { delimiter: ';' },
    columns: ['sku', 'quantity, pcs'],
    rows: [
      [2, ['DEC-01', '5,0']],
      [3, ['DEC-02', '12,5']],
    ],
  },
  {
    name: 'tabs, with a blank last cell',
    content: 'sku\tquantity\thandling-time\nAMZ-01\t5\t2\nAMZ-02\t0\t\n',
    found: { delimiter: '\t' },
    columns: ['sku', 'quantity', 'handling-time'],
    rows: [
      [2, ['AMZ-01', '5', '2']],
      [3, ['AMZ-02', '0', '']],
    ],
  },
  {
    name: 'pipes',
    content: 'SKU|Qty|Title\nP-1|5|Table, oak; round\nP-2|6|Chair\n',
    found: { delimiter: '|' },
    columns: ['SKU', 'Qty', 'Title'],
    rows: [
      [2, ['P-1', '5', 'Table, oak; round']],
      [3, ['P-2', '6', 'Chair']],
    ],
  },
  {
    name: 'names of columns as they stand',
    content: `SKU,Quantity,Updated At\nHDR-01,5,${TIME}\n`,
    found: { delimiter: ',' },
    columns: ['SKU', 'Quantity', 'Updated At'],
    rows: [[2, ['HDR-01', '5', TIME]]],
  },
  {
    name: 'a column more than is needed',
    content: `sku,quantity,updatedAt,warehouse\nEXT-01,5,${TIME},west\n`,
    found: {},
    columns: [...HEADER, 'warehouse'],
    rows: [[2, ['EXT-01', '5', TIME, 'west']]],
  },
  {
    name: 'a row for each warehouse',
    content: 'source_code,sku,status,quantity\nwest,MSI-01,1,4.0000\neast,MSI-01,1,9.0000\n',
    found: {},
    columns: ['source_code', 'sku', 'status', 'quantity'],
    rows: [
      [2, ['west', 'MSI-01', '1', '4.0000']],
      [3, ['east', 'MSI-01', '1', '9.0000']],
    ],
  },
  {
    name: 'a column for each warehouse',
    content: 'Handle,SKU,HS Code,COO,West Depot,East Depot\noak,STOOL-L,,,4,not stocked\n',
    found: {},
    columns: ['Handle', 'SKU', 'HS Code', 'COO', 'West Depot', 'East Depot'],
    rows: [[2, ['oak', 'STOOL-L', '', '', '4', 'not stocked']]],
  },
  {
    name: 'lines that end with CR alone',
    content: `sku,quantity,updatedAt\rMAC-01,5,${TIME}\rMAC-02,6,${TIME}\r`,
    found: {},
    columns: HEADER,
    rows: [
      [2, ['MAC-01', '5', TIME]],
      [3, ['MAC-02', '6', TIME]],
    ],
  },
  {
    name: 'lines that end as they like',
    content: 'sku,quantity\r\nA,1\nB,2\r\n"C",3\r\n"D",4\nE,5',
    found: {},
    columns: ['sku', 'quantity'],
    rows: [
      [2, ['A', '1']],
      [3, ['B', '2']],
      [4, ['C', '3']],
      [5, ['D', '4']],
      [6, ['E', '5']],
    ],
  },
  {
    name: 'a line break within quotes, and what looks like a row in it',
    content: `sku,quantity,updatedAt,id\nQNL-01,5,${TIME},"line one\nQNL-99,999,${TIME},ghost\nline three"\nQNL-02,6,${TIME},q2\n`,
    found: {},
    columns: [...HEADER, 'id'],
    rows: [
      [2, ['QNL-01', '5', TIME, `line one\nQNL-99,999,${TIME},ghost\nline three`]],
      [5, ['QNL-02', '6', TIME, 'q2']],
    ],
  },
  {
    name: 'doubled quotes, quotes within a cell, delimiters within quotes',
    content: 'sku,title,quantity\nA,"24"" wide, flat",5\nB,24" wide,6\nC,"",7\nD,"""",8\n',
    found: {},
    columns: ['sku', 'title', 'quantity'],
    rows: [
      [2, ['A', '24" wide, flat', '5']],
      [3, ['B', '24" wide', '6']],
      [4, ['C', '', '7']],
      [5, ['D', '"', '8']],
    ],
  },
  {
    name: 'all within quotes, with a byte order mark',
    content: '\ufeff"sku";"quantity"\r\n"A;1";"5"\r\n"B";"6"\r\n',
    found: { encoding: 'utf-8', delimiter: ';' },
    columns: ['sku', 'quantity'],
    rows: [
      [2, ['A;1', '5']],
      [3, ['B', '6']],
    ],
  },
  {
    name: 'apostrophes as quotes, by setting',
    content: "sku,title\nA,'x, ''y'''\n",
    how: { quote: "'" },
    found: {},
    columns: ['sku', 'title'],
    rows: [[2, ['A', "x, 'y'"]]],
  },
  {
    name: 'quotes that mean nothing, by setting',
    content: 'sku,title\nA,"x\nB,y"\n',
    how: { quote: 'none' },
    found: {},
    columns: ['sku', 'title'],
    rows: [
      [2, ['A', '"x']],
      [3, ['B', 'y"']],
    ],
  },
  {
    name: 'texts as formulas, by which Excel is kept from taking them for numbers',
    content: '="sku";quantity;"=""ean"""\n="0012";5;"=""00;""""34"""\n="A"&"B";=5;"="\n',
    found: { delimiter: ';' },
    columns: ['sku', 'quantity', 'ean'],
    rows: [
      [2, ['0012', '5', '00;"34']],
      [3, ['="A"&"B"', '=5', '=']],
    ],
  },
  {
    name: 'blanks around quotes, and quotes within a text behind a blank',
    content: '"sku" ; "title";q\n"A"; "b;c";5\r\n "B;1" ;\t"x\ny"\t ;6\n C; "24" wide";7\nD; "x" ; "8" ',
    found: { delimiter: ';' },
    columns: ['sku', 'title', 'q'],
    rows: [
      [2, ['A', 'b;c', '5']],
      [3, ['B;1', 'x\ny', '6']],
      [5, [' C', ' "24" wide"', '7']],
      [6, ['D', 'x', '8']],
    ],
  },
  {
    name: "Excel's hint",
    content: `sep=,\r\nsku,quantity,updatedAt\r\nSEP-01,5,${TIME}\r\n`,
    found: { delimiter: ',' },
    columns: HEADER,
    rows: [[3, ['SEP-01', '5', TIME]]],
  },
  {
    name: "Excel's hint, where nothing else would tell",
    content: 'SEP=;\nsku;q,t\nA;5,0\n',
    found: { delimiter: ';' },
    columns: ['sku', 'q,t'],
    rows: [[3, ['A', '5,0']]],
  },
  {
    name: 'blank lines, and lines of delimiters',
    content: '\r\n\r\nsku,quantity\r\n\r\nA,1\r\n,\r\n  ,  \r\nB,2\r\n\r\n',
    found: {},
    columns: ['sku', 'quantity'],
    rows: [
      [5, ['A', '1']],
      [8, ['B', '2']],
    ],
  },
  {
    name: 'a delimiter too many at the end of each line',
    content: 'sku;;quantity;;\nA;x;1;;\nB;y;2;z;\n',
    found: { delimiter: ';' },
    columns: ['sku', '', 'quantity'],
    rows: [
      [2, ['A', 'x', '1']],
      [3, ['B', 'y', '2', 'z']],
    ],
  },
  {
    name: 'titles above the header, by setting',
    content: 'Stock of ACME\n"as of", 20 Nov\n\nsku;quantity\nA;1\n',
    how: { header: 4 },
    found: { delimiter: ';' },
    columns: ['sku', 'quantity'],
    rows: [[5, ['A', '1']]],
  },
  {
    name: 'no header, by setting',
    content: 'A;1\nB;2\n',
    how: { header: 0 },
    found: { delimiter: ';' },
    columns: ['1', '2'],
    rows: [
      [1, ['A', '1']],
      [2, ['B', '2']],
    ],
  },
  {
    name: 'one column',
    content: 'sku\nA\nB\n',
    found: { delimiter: ',' },
    columns: ['sku'],
    rows: [
      [2, ['A']],
      [3, ['B']],
    ],
  },
  {
    name: 'a delimiter of several characters, by setting',
    content: 'sku||q|t\n"A||1"||5\n',
    how: { delimiter: '||' },
    found: { delimiter: '||' },
    columns: ['sku', 'q|t'],
    rows: [[2, ['A||1', '5']]],
  },
  {
    name: 'rows of uneven length',
    content: 'sku,quantity,location\nA,1\nB,2,west,x\n',
    found: {},
    columns: ['sku', 'quantity', 'location'],
    rows: [
      [2, ['A', '1']],
      [3, ['B', '2', 'west', 'x']],
    ],
  },
  {
    name: 'the mark with which old programs end a file',
    content: 'sku,quantity\r\nA,1\r\n\u001a',
    found: {},
    columns: ['sku', 'quantity'],
    rows: [[2, ['A', '1']]],
  },
  {
    name: 'a header and no rows',
    content: 'sku,quantity,updatedAt\n',
    found: {},
    columns: HEADER,
    rows: [],
  },
  {
    name: 'gzip, whatever its name',
    content: gzipSync(`sku,quantity\nGZ-01,5\n`),
    how: { name: 'stock.csv' },
    found: { unpacked: 'gzip', format: 'csv' },
    columns: ['sku', 'quantity'],
    rows: [[2, ['GZ-01', '5']]],
  },
  {
    name: 'several gzip files in one',
    content: Buffer.concat([gzipSync('sku,quantity\nA,5\n'), gzipSync('B,6\n')]),
    found: { unpacked: 'gzip' },
    columns: ['sku', 'quantity'],
    rows: [
      [2, ['A', '5']],
      [3, ['B', '6']],
    ],
  },
  {
    name: 'a zip with one feed in it',
    content: zipOf({
      'out/stock.csv': 'sku,quantity\nZIP-01,5\n',
      '__MACOSX/._stock.csv': 'x',
      'me.pdf': 'y',
    }),
    found: { unpacked: 'zip', entry: 'out/stock.csv' },
    columns: ['sku', 'quantity'],
    rows: [[2, ['ZIP-01', '5']]],
  },
  {
    name: 'a zip with several, of which the setting names one',
    content: zipOf({ 'prices.csv': 'x\n1\n', 'stock-2026.csv': 'sku\nA\n' }),
    how: { entry: 'st*-*.csv' },
    found: { unpacked: 'zip', entry: 'stock-2026.csv' },
    columns: ['sku'],
    rows: [[2, ['A']]],
  },
  {
    name: 'gzip in a zip',
    content: zipOf({ 'stock.csv.gz': gzipSync('sku\nA\n') }),
    found: { unpacked: 'zip', entry: 'stock.csv.gz' },
    columns: ['sku'],
    rows: [[2, ['A']]],
  },
];

const JSON_AND_XML: Kind[] = [
  {
    name: 'NDJSON with a byte order mark',
    content: `\ufeff{"sku":"NDB-01","quantity":5}\n{"sku":"NDB-02","quantity":6}\n`,
    found: { format: 'ndjson', place: 'line' },
    rows: [
      [1, { sku: 'NDB-01', quantity: 5 }],
      [2, { sku: 'NDB-02', quantity: 6 }],
    ],
  },
  {
    name: 'NDJSON with what else there is in a value, and no line break at its end',
    content: '{"id":4711,"sku":"X-1","quantity":null}\r\n\r\n{"sku":10023,"quantity":"5","at":{"x":[1]}}',
    found: { format: 'ndjson' },
    rows: [
      [1, { id: 4711, sku: 'X-1', quantity: null }],
      [3, { sku: 10023, quantity: '5', at: { x: [1] } }],
    ],
  },
  {
    name: 'one event alone',
    content: '{"sku":"A","quantity":5}',
    found: { format: 'ndjson' },
    rows: [[1, { sku: 'A', quantity: 5 }]],
  },
  {
    name: 'a JSON array',
    content: '[{"sku":"A","quantity":5},\n {"sku":"\\ud83d\\ude00é","quantity":6}]',
    found: { format: 'json', place: 'element', rows: '' },
    rows: [
      [1, { sku: 'A', quantity: 5 }],
      [2, { sku: '😀é', quantity: 6 }],
    ],
  },
  {
    name: 'an array somewhere in JSON, which is found',
    content: JSON.stringify({
      meta: { at: TIME, pages: [{ no: 1 }] },
      tags: ['a', 'b'],
      'data/x': { items: [{ sku: 'A', places: [{ p: 1 }, { p: 2 }, { p: 3 }] }, { sku: 'B' }] },
      after: 1,
    }),
    found: { format: 'json', rows: '/data~1x/items' },
    rows: [
      [1, { sku: 'A', places: [{ p: 1 }, { p: 2 }, { p: 3 }] }],
      [2, { sku: 'B' }],
    ],
  },
  {
    name: 'arrays in each element of another, by setting',
    content: '{"pages":[{"items":[{"sku":"A"}]},{"items":[{"sku":"B"},{"sku":"C"}]}]}',
    how: { rows: '/pages/*/items' },
    found: { rows: '/pages/*/items' },
    rows: [
      [1, { sku: 'A' }],
      [2, { sku: 'B' }],
      [3, { sku: 'C' }],
    ],
  },
  {
    name: 'an object where there would be an array of several',
    content: '{"items":{"item":{"sku":"A"}}}',
    how: { rows: '/items/item' },
    found: { format: 'json' },
    rows: [[1, { sku: 'A' }]],
  },
  {
    name: 'objects that are written over several lines, one after the other',
    content: '{\n  "sku": "A"\n}\n{\n  "sku": "B"\n}\n',
    found: { format: 'json' },
    rows: [
      [1, { sku: 'A' }],
      [2, { sku: 'B' }],
    ],
  },
  {
    name: 'XML in an envelope, with a single row',
    content:
      '<?xml version="1.0" encoding="utf-8"?>\n<InventoryFile><MessageType>Inventory</MessageType><Message><MessageID>1</MessageID><Inventory><SKU>XML-01</SKU><Quantity>5</Quantity></Inventory></Message></InventoryFile>\n',
    found: { format: 'xml', rows: '/InventoryFile/Message', place: 'element' },
    rows: [[1, { MessageID: '1', Inventory: { SKU: 'XML-01', Quantity: '5' } }]],
  },
  {
    name: 'XML with namespaces, attributes, CDATA, entities and comments',
    content: `<?xml version="1.0"?><!DOCTYPE feed SYSTEM "feed.dtd"><s:feed xmlns:s="urn:x" xmlns="urn:y" day="20">
      <s:item s:sku="A &amp; B" xml:lang="de"><s:q unit="EA">5</s:q><!-- 7 --><t><![CDATA[<b> & "x"]]></t></s:item>
      <s:item s:sku="C"><s:q>6</s:q><s:place>west</s:place><s:place>east</s:place>&#x20AC;</s:item></s:feed>`,
    found: { format: 'xml', rows: '/feed/item' },
    rows: [
      [1, { '@sku': 'A & B', '@lang': 'de', q: { '@unit': 'EA', '#text': '5' }, t: '<b> & "x"' }],
      [2, { '@sku': 'C', q: '6', place: ['west', 'east'], '#text': '€' }],
    ],
  },
  {
    name: 'XML whose names mean something to JavaScript',
    content:
      '<f><r><constructor>1</constructor><constructor>2</constructor></r><r><toString>3</toString></r></f>',
    found: { rows: '/f/r' },
    rows: [
      [1, { constructor: ['1', '2'] }],
      [2, { toString: '3' }],
    ],
  },
  {
    name: 'XML whose rows are attributes alone',
    content: '<stock at="x"><i sku="A" qty="5"/><i sku="B" qty="6"/></stock>',
    found: { rows: '/stock/i' },
    rows: [
      [1, { '@sku': 'A', '@qty': '5' }],
      [2, { '@sku': 'B', '@qty': '6' }],
    ],
  },
  {
    name: 'XML whose rows the setting names, anywhere',
    content: '<a><b><x:row>1</x:row></b><c><x:row><q>2</q></x:row></c></a>'.replace('<a>', '<a xmlns:x="u">'),
    how: { rows: 'x:row' },
    found: {},
    rows: [
      [1, '1'],
      [2, { q: '2' }],
    ],
  },
  {
    name: 'XML in the encoding that it says',
    content: Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><a><r><s>M\xd6</s></r><r><s>x</s></r></a>',
      'latin1',
    ),
    found: { encoding: 'iso-8859-1' },
    rows: [
      [1, { s: 'MÖ' }],
      [2, { s: 'x' }],
    ],
  },
  {
    name: 'XML that says UTF-16 of itself, as .NET writes it into a file of UTF-8',
    content: '<?xml version="1.0" encoding="utf-16"?><a><r><s>MÖ</s></r><r><s>x</s></r></a>',
    found: { format: 'xml', encoding: 'utf-8' },
    rows: [
      [1, { s: 'MÖ' }],
      [2, { s: 'x' }],
    ],
  },
  {
    name: 'an empty list within one line of JSON',
    content: '{"total":0,"items":[],"errors":[]}\n',
    how: { mayBeRow: hasSku },
    found: { format: 'json', rows: '/items' },
    rows: [],
  },
  {
    name: 'an empty list within JSON, further down',
    content: '{\n  "data": {\n    "items": []\n  }\n}',
    how: { mayBeRow: hasSku },
    found: { format: 'json', rows: '/data/items' },
    rows: [],
  },
  {
    name: 'an element of nothing',
    content: '<?xml version="1.0"?>\n<Items>\n</Items>',
    how: { mayBeRow: hasSku },
    found: { format: 'xml', rows: '/Items/*' },
    rows: [],
  },
  {
    name: 'a list of nothing where the definition says',
    content: '{"groups":[],"other":[{"sku":"A"}]}',
    how: { rows: '/groups/*/items' },
    found: { format: 'json' },
    rows: [],
  },
  {
    name: 'no element where the definition says, in the one that is there',
    content: '<Items generated="today"></Items>',
    how: { rows: '/Items/Item' },
    found: { format: 'xml' },
    rows: [],
  },
  {
    name: 'one event alone with an empty list in it',
    content: '{"sku":"A","quantity":5,"tags":[]}',
    how: { mayBeRow: hasSku },
    found: { format: 'json', rows: '' },
    rows: [[1, { sku: 'A', quantity: 5, tags: [] }]],
  },
];

describe.each([...TABLES, ...JSON_AND_XML])('$name', ({ content, how, found, columns, rows }) => {
  it.each(PIECE_SIZES)('is read, in pieces of %s bytes', async (size) => {
    const file = await readAll(content, how, size);
    expect(file.found).toMatchObject(found);
    expect(await readShort(content, how, size)).toEqual({ columns, rows });
  });
});

describe('what stands once in a file', () => {
  it('is told of JSON by pointer, as far as it stands before the rows', async () => {
    const { envelope } = await readAll(
      '{"at":"2026-11-20","by":{"name":"acme","n":4,"x":null},"items":[{"sku":"A"}],"late":1}',
    );
    expect(envelope).toEqual({ '/at': '2026-11-20', '/by/name': 'acme', '/by/n': '4' });
  });

  it('is kept of a long text in many parts as far as it can be named', async () => {
    const head = '<n>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx<!-- y --></n>'
      .replace('</n>', '')
      .concat('z<!-- y -->'.repeat(100_000), '</n>');
    const { envelope } = await readAll(`<f>${head}<i><s>A</s></i><i><s>B</s></i></f>`, { rows: '/f/i' });
    expect(envelope['/f/n']).toHaveLength(4_096);
    const name = 'k'.repeat(600);
    expect((await readAll(`{"${name}":1,"at":2,"items":[{"sku":"A"}]}`)).envelope).toEqual({ '/at': '2' });
  });

  it('is told of XML by path, with attributes', async () => {
    const { envelope } = await readAll(
      '<f day="20"><head><at> 10:00 </at></head><i><s>A</s></i><i><s>B</s></i><late>1</late></f>',
    );
    expect(envelope).toEqual({ '/f/@day': '20', '/f/head/at': '10:00' });
  });
});

describe('the text of a row', () => {
  it('is the row as it stood, and at most 4 KiB of it', async () => {
    const { rows } = await readAll(`sku;t\n"A";" x"\nB;${'é'.repeat(5000)}\n`);
    expect(rows[0]?.text).toBe('"A";" x"');
    expect(Buffer.byteLength(rows[1]?.text ?? '')).toBeLessThanOrEqual(4096);
    expect(rows[1]?.cells?.[1]).toHaveLength(5000);
  });
});
