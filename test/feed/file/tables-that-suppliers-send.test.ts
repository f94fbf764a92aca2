import { gzipSync } from 'node:zlib';
import { areRead, type SentFile } from './are-read.ts';
import { zipOf } from './zip-of.ts';

const utf16 = (text: string, order: 'le' | 'be', mark = true): Buffer => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};
const HEADER = ['sku', 'quantity', 'updatedAt'];
const TIME = '2026-11-20T10:00:00Z';

areRead([
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
] satisfies SentFile[]);
