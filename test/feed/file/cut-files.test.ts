import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readFeedFile } from '../../../src/feed/file/read-file.ts';
import { UnreadableFile } from '../../../src/feed/file/unreadable-file.ts';
import type { Format } from '../../../src/feed/file/row.ts';
import { inPieces } from './read-all.ts';
import { xlsxOf } from './xlsx-of.ts';
import { zipOf } from './zip-of.ts';

const JSON_FILE = '{"at":"2026-11-20","items":[{"sku":"Ä","q":1},{"sku":"B","q":[2,{"x":null}]}],"end":true}';
const XML_FILE =
  '<?xml version="1.0"?><!-- stock --><f at="1"><r><s a="b">Ä</s></r><r><![CDATA[x]]></r><e/></f>';
const X12_FILE = [
  'ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           *261120*1000*U*00401*000000007*0*P*>',
  'GS*IB*ACME*SHOP*20261120*1000*7*X*004010',
  'ST*846*0001',
  'BIA*00*SI*F1*20261120',
  'LIN**VN*A',
  'QTY*33*1',
  'SE*5*0001',
  'GE*1*7',
  'IEA*1*000000007~',
].join('~');
const EDIFACT_FILE =
  "UNB+UNOC:3+A+B+261120:1000+42'UNH+1+INVRPT:D:96A:UN'BGM+35+I+9'LIN+1++A:EN'QTY+145:5'UNT+5+1'UNZ+1+42'";
const CSV_FILE = 'sku;quantity\nA;1\nB;2\n';
const SHEET = { name: 'S', rows: '<row r="1"><c r="A1" t="str"><v>sku</v></c></row>' };

const FILES: [name: string, content: Buffer | string, format: Format][] = [
  ['JSON', JSON_FILE, 'json'],
  ['XML', XML_FILE, 'xml'],
  ['X12', X12_FILE, 'x12-846'],
  ['EDIFACT', EDIFACT_FILE, 'edifact-invrpt'],
  ['gzip', gzipSync(CSV_FILE), 'csv'],
  ['a zip', zipOf({ 'a.csv': CSV_FILE }), 'csv'],
  ['a workbook', xlsxOf({ sheets: [SHEET] }), 'xlsx'],
];

/** Rows that came before the end or the fault. */
async function taken(
  content: Buffer | string,
  format: Format,
): Promise<{ count: number; fault: Error | undefined }> {
  let count = 0;
  try {
    const { rows } = await readFeedFile(inPieces(content, 1 << 16), { format });
    for await (const _row of rows) count += 1;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { count, fault: error };
  }
  return { count, fault: undefined };
}

describe.each(FILES)('%s', (_, content, format) => {
  it('is never whole when it was cut, wherever', async () => {
    const bytes = Buffer.from(content);
    expect((await taken(bytes, format)).fault).toBeUndefined();
    const step = bytes.length > 500 ? 17 : 1;
    // Fewer bytes do not say yet what they are.
    for (let left = 1; left < bytes.length - 3; left += step) {
      const { fault } = await taken(bytes.subarray(0, -left), format);
      expect([left, fault]).toEqual([left, expect.any(UnreadableFile)]);
    }
  });
});

describe('what stands before the place where a file was cut', () => {
  it.each<[string, string, Format]>([
    ['CSV', `${CSV_FILE}"C`, 'csv'],
    ['NDJSON', '{"sku":"A"}\n{"sku":"B"}\n{"s', 'ndjson'],
    ['JSON', '[{"sku":"A"},{"sku":"B"},{"s', 'json'],
    ['XML', '<f><r><s>A</s></r><r><s>B</s></r></g>', 'xml'],
    ['X12', 'ST*846*1~BIA*0*S*1*20261120~LIN**VN*A~QTY*33*1~LIN**VN*B~QTY*33*1~LIN**VN*C~QTY', 'x12-846'],
  ])('is sent before the fault is told (%s)', async (_, content, format) => {
    expect(await taken(content, format)).toEqual({ count: 2, fault: expect.any(UnreadableFile) as unknown });
  });
});
