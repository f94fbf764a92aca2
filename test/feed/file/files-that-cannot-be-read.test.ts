import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReadSettings } from '../../../src/feed/file/row.ts';
import { UnreadableFile } from '../../../src/feed/file/unreadable-file.ts';
import { readAll, readShort } from './read-all.ts';
import { xlsxOf } from './xlsx-of.ts';
import { zipOf } from './zip-of.ts';

interface Refused {
  name: string;
  content: Buffer | string;
  how?: ReadSettings;
  says: RegExp;
}

const ROWS = Array.from({ length: 400 }, (_, at) => `SKU-${at};${(at * 7919) % 1000}\n`).join('');
const CSV = `sku;quantity\n${ROWS}`;
const cut = (bytes: Buffer | string, left: number): Buffer => Buffer.from(bytes).subarray(0, -left);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const hello = { sheets: [{ name: 'S', rows: '<row r="1"><c r="A1" t="str"><v>sku</v></c></row>' }] };

const REFUSED: Refused[] = [
  {
    name: 'JSON that is all brackets',
    content: '['.repeat(300_000),
    says: /nests deeper than 64 levels/,
  },
  {
    name: 'XML that is all tags',
    content: '<a>'.repeat(100_000),
    says: /nests deeper than 64 levels/,
  },
  {
    name: 'JSON without the place that the definition names',
    content: '{"items":[{"sku":"A"}],"page":{"next":null}}',
    how: { rows: '/products' },
    says: /^The file has nothing at rows: \/products; what it has is \/items, \/page\.$/,
  },
  {
    name: 'XML without the place that the definition names',
    content: '<a><item><sku>A</sku></item></a>',
    how: { rows: '/a/products/product' },
    says: /^The file has nothing at rows: \/a\/products\/product; what it has is \/a, \/a\/item\.$/,
  },
  { name: 'nothing', content: '', says: /^The file is empty\.$/ },
  { name: 'nothing in gzip', content: gzipSync(''), says: /^The file is empty\.$/ },
  { name: 'blank lines', content: ' \n\n;;\n', says: /nothing but blank lines/ },
  { name: 'a PDF', content: '%PDF-1.7\n', says: /is a PDF/ },
  {
    name: 'an old or locked Excel file',
    content: hex('d0cf11e0 a1b11ae1 00000000'),
    says: /old Excel file.*password/,
  },
  { name: 'bzip2', content: 'BZh91AY', says: /bzip2; send it as it is/ },
  { name: 'a page of a portal', content: '<!DOCTYPE html><html><body>Sign in', says: /web page.*signing in/ },
  {
    name: 'a page of a portal where CSV is set',
    content: '\n<html><body>Sign in',
    how: { format: 'csv' },
    says: /web page/,
  },
  {
    name: 'bytes that are no text',
    content: hex('73 6b 75 0a 41 00 42 0a 41 42 43 44'),
    says: /byte 6 is zero/,
  },
  {
    name: 'an encoding that cannot be guessed',
    content: hex('73 6b 75 0a 83 81 0a'),
    says: /neither UTF-8 nor Windows-1252; say its encoding/,
  },
  {
    name: 'an encoding that does not exist',
    content: 'sku\nA\n',
    how: { encoding: 'ebcdic-x' },
    says: /no encoding "ebcdic-x"/,
  },
  {
    name: 'a setting that the bytes do not fit',
    content: Buffer.from('sku\nA\nMÖ\n', 'latin1'),
    how: { encoding: 'utf-8' },
    says: /^Line 3 has bytes that are no characters of utf-8; the setting encoding does not fit/,
  },
  {
    // As Windows-1252 its other names would be read wrong, and nobody told.
    name: 'one damaged character in UTF-8',
    content: Buffer.concat([Buffer.from('sku\nMÖBEL\nSTÜHLE\n'), hex('41ff0a'), Buffer.from('B\n')]),
    says: /^Line 4 has bytes that are no characters of utf-8/,
  },
  {
    name: 'text that stops being UTF-8 behind its first megabyte',
    content: Buffer.concat([Buffer.from(`sku\n${'GRÜN-0001\n'.repeat(120_000)}`), hex('4d d6 0a')]),
    says: /^Line 120002 has bytes that are no characters of utf-8; .*windows-1252/,
  },
  {
    name: 'text that ends within a character',
    content: cut('sku\nGRÜ', 1),
    says: /ends in the middle of a character of utf-8/,
  },
  { name: 'gzip that was cut', content: cut(gzipSync(CSV), 20), says: /gzip file ends before its end/ },
  {
    name: 'gzip without its last byte',
    content: cut(gzipSync(CSV), 1),
    says: /gzip file ends before its end/,
  },
  {
    name: 'gzip that was changed',
    content: ((bytes: Buffer) => bytes.fill(0x55, bytes.length - 8, bytes.length - 4))(gzipSync(CSV)),
    says: /gzip file is damaged/,
  },
  {
    name: 'a zip that was cut',
    content: cut(zipOf({ 'a.csv': CSV }), 10),
    says: /zip file cannot be read: it was cut/,
  },
  {
    name: 'a zip whose contents were changed',
    content: ((bytes: Buffer) => bytes.fill(0x55, 200, 210))(zipOf({ 'a.csv': CSV })),
    says: /a\.csv in the zip file is damaged/,
  },
  {
    name: 'a zip that says another size',
    content: zipOf({ 'a.csv': CSV }, { says: 10 }),
    says: /a\.csv in the zip file is damaged/,
  },
  {
    name: 'a zip with a password',
    content: zipOf({ 'a.csv': CSV }, { isEncrypted: true }),
    says: /a\.csv in the zip file has a password/,
  },
  {
    name: 'a zip with two feeds',
    content: zipOf({ 'a.csv': CSV, 'b.csv': CSV }),
    says: /holds 2 files that could be the feed \(a\.csv, b\.csv\): name one with the setting entry/,
  },
  {
    name: 'a zip without the file that is set',
    content: zipOf({ 'a.csv': CSV }),
    how: { entry: 'b*' },
    says: /no b\*, but a\.csv/,
  },
  { name: 'an empty zip', content: zipOf({}), says: /holds no file/ },
  {
    name: 'a zip in a zip in a zip',
    content: zipOf({ a: zipOf({ a: zipOf({ a: zipOf({ a: '' }) }) }) }),
    says: /packed within packed/,
  },
  {
    name: 'far more than its size, in gzip',
    content: gzipSync(Buffer.alloc(80 * 2 ** 20, `${'A'.repeat(60_000)}\n`)),
    says: /more than 250 times its size/,
  },
  {
    name: 'more than is taken, in gzip',
    content: gzipSync(CSV),
    how: { limits: { unpackedBytes: 1000 } },
    says: /unpacks to more than 1000 bytes/,
  },
  {
    name: 'more than is taken, in a zip',
    content: zipOf({ 'a.csv': CSV }),
    how: { limits: { unpackedBytes: 1000 } },
    says: /unpacks to more than 1000 bytes/,
  },
  {
    name: 'more than is kept on disk',
    content: zipOf({ 'a.csv': CSV }),
    how: { limits: { packedBytes: 100 } },
    says: /takes more than 100 bytes/,
  },
  {
    name: 'an OpenDocument sheet',
    content: zipOf({ 'content.xml': '', 'META-INF/manifest.xml': '' }),
    says: /OpenDocument/,
  },
  {
    name: 'a workbook where CSV is set',
    content: xlsxOf(hello),
    how: { format: 'csv' },
    says: /Excel workbook.*format is csv/,
  },
  { name: 'CSV where a workbook is set', content: CSV, how: { format: 'xlsx' }, says: /no Excel workbook/ },
  {
    name: 'a header that is not there',
    content: CSV,
    how: { header: 900 },
    says: /^Line 900, which is to name the columns, is blank or not there/,
  },
  {
    name: 'a header that is blank',
    content: `a\n\n${CSV}`,
    how: { header: 2 },
    says: /^Line 2, .* is blank/,
  },
  {
    name: 'a quote that nothing closes',
    content: 'sku;quantity\nA;1\n"B;2\nC;3\n',
    says: /^A quote that opens in line 3 is closed nowhere: the file was cut/,
  },
  {
    name: 'a table that ends within a line',
    content: 'sku;quantity;time\nA;1;2026\nB;12',
    says: /^The file ends in the middle of line 3/,
  },
  {
    name: 'NDJSON that ends within a line',
    content: '{"sku":"A"}\n{"sku":"B","qu',
    says: /^The file ends in the middle of line 2/,
  },
  {
    name: 'JSON that ends within an element',
    content: '[{"sku":"A"},{"sku":"B","qu',
    says: /no whole JSON behind its element 1/,
  },
  {
    name: 'JSON whose array has no end',
    content: '{"items":[{"sku":"A"},{"sku":"B"}',
    says: /behind its element 2: it ends before its end/,
  },
  {
    name: 'JSON that is none in its middle',
    content: '[{"sku":"A"} {"sku":"B"}]',
    says: /no whole JSON behind its element 1/,
  },
  {
    name: 'JSON that nests without end',
    content: `[${'{"a":['.repeat(40)}`,
    says: /nests deeper than 64 levels/,
  },
  {
    name: 'XML that ends within an element',
    content: '<a><r><s>1</s></r><r><s>2</s></r><r><s',
    says: /XML ends before its end|no whole XML/,
  },
  {
    name: 'XML whose root has no end',
    content: '<a><r><s>1</s></r><r><s>2</s></r>',
    says: /XML ends before its end: it was cut/,
  },
  {
    name: 'XML that closes what is not open',
    content: '<a><r><s>1</r></a>',
    says: /no whole XML near line 1/,
  },
  {
    name: 'XML with entities of its own',
    content:
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "aaaa"><!ENTITY y "&x;&x;">]><a><r><s>&y;</s></r></a>',
    says: /declares entities/,
  },
  {
    name: 'XML with an entity of HTML',
    content: '<a><r><s>&nbsp;</s></r></a>',
    says: /no whole XML near line 1/,
  },
  { name: 'XML that nests without end', content: '<a>'.repeat(70), says: /nests deeper than 64 levels/ },
];

describe.each(REFUSED)('$name', ({ content, how, says }) => {
  it('is refused in words that help', async () => {
    const reading = readAll(content, how);
    await expect(reading).rejects.toThrow(UnreadableFile);
    await expect(reading).rejects.toThrow(says);
  });
});

describe('a record that cannot be read', () => {
  const LONG = 'x'.repeat(70_000);

  it.each<[string, string, [number, unknown][]]>([
    [
      'is longer than 64 Ki characters',
      `sku,quantity\nA,1\n${LONG},2\nC,3\n`,
      [
        [2, ['A', '1']],
        [3, 'is longer than 64 Ki characters'],
        [4, ['C', '3']],
      ],
    ],
    [
      'is longer, within quotes and over several lines',
      `sku,quantity\nA,1\n"${`${LONG}\n`.repeat(4)}",2\nC,3\n`,
      [
        [2, ['A', '1']],
        [3, 'is longer than 64 Ki characters: is a closing quote missing?'],
        [8, ['C', '3']],
      ],
    ],
    [
      'goes on behind a closing quote',
      'sku,title\nA,"24" wide"\nB,x\n',
      [
        [
          2,
          'has a quoted field that goes on behind its closing quote; a quote within quotes is written twice',
        ],
        [3, ['B', 'x']],
      ],
    ],
    [
      'goes on behind a closing quote lines later, and takes none of them for a row',
      'sku,title\nA,"one\nGHOST,9\nthree"x\nB,x\n',
      [
        [
          2,
          'has a quoted field that goes on behind its closing quote in line 4; a quote within quotes is written twice',
        ],
        [3, 'belongs to the record of line 2, whose quotes cannot be told apart'],
        [4, 'belongs to the record of line 2, whose quotes cannot be told apart'],
        [5, ['B', 'x']],
      ],
    ],
    [
      'is no JSON, or no object, or says a thing twice',
      '{"sku":"A"}\n{"sku":\n[1]\n7\n{"sku":"A","sku":"B"}\n{"q":4.99999999999999999}\n{"__proto__":1}\n{"sku":"B"}\n',
      [
        [1, { sku: 'A' }],
        [2, 'is not JSON'],
        [3, [1]],
        [4, 'is no JSON object'],
        [5, 'has the same key twice: /sku'],
        [6, 'has a number of more digits than a reader keeps: /q'],
        [7, 'has a key that could change the prototype of objects'],
        [8, { sku: 'B' }],
      ],
    ],
    [
      'is an element of JSON like that',
      `[{"sku":"A"},7,{"a":{"sku":"A","sku":"B"}},{"q":4.99999999999999999},{"__proto__":{}},{"t":"${LONG}"},{"sku":"B"}]`,
      [
        [1, { sku: 'A' }],
        [2, 'is no JSON object'],
        [3, 'has the same key twice: "sku"'],
        [4, 'has a number of more digits than a reader keeps'],
        [5, 'has a key that could change the prototype of objects'],
        [6, 'is longer than 64 Ki characters'],
        [7, { sku: 'B' }],
      ],
    ],
    [
      'is an element of XML that is too long',
      `<a><r><s>A</s></r><r><s>${LONG}</s><t>1</t></r><r><s>B</s></r></a>`,
      [
        [1, { s: 'A' }],
        [2, 'is longer than 64 Ki characters'],
        [3, { s: 'B' }],
      ],
    ],
  ])('%s: it is told by line, and the others are read', async (_, content, rows) => {
    for (const size of [1000, 65_537, 1 << 20]) {
      expect((await readShort(content, {}, size)).rows).toEqual(rows);
    }
  });
});
