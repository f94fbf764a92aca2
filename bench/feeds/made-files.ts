import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

export interface MadeFile {
  name: string;
  /** Its text, a record at a time. */
  pieces: (records: number) => Iterable<string>;
  pack?: 'gzip';
}

const sku = (no: number): string => `SKU-${String(no).padStart(7, '0')}`;
const quantity = (no: number): number => (no * 7919) % 1000;

function* framed(
  head: string,
  records: number,
  record: (no: number) => string,
  tail: string,
): Generator<string> {
  yield head;
  for (let no = 0; no < records; no += 1) yield record(no);
  yield tail;
}

const csv = (no: number): string => `${sku(no)};${quantity(no)};2026-11-20T10:00:00Z;west\n`;

/** Files as suppliers send them, of any length. */
export const MADE_FILES: readonly MadeFile[] = [
  { name: 'CSV', pieces: (records) => framed('sku;quantity;time;place\n', records, csv, '') },
  {
    name: 'CSV, all in quotes',
    pieces: (records) =>
      framed(
        '"sku";"quantity";"title"\n',
        records,
        (no) => `"${sku(no)}";"${quantity(no)}";"24"" wide; oak"\n`,
        '',
      ),
  },
  {
    name: 'CSV in gzip',
    pack: 'gzip',
    pieces: (records) => framed('sku;quantity;time;place\n', records, csv, ''),
  },
  {
    name: 'NDJSON',
    pieces: (records) =>
      framed('', records, (no) => `{"sku":"${sku(no)}","quantity":${quantity(no)},"place":"west"}\n`, ''),
  },
  {
    name: 'JSON',
    pieces: (records) =>
      framed(
        '{"at":"2026-11-20","items":[{}',
        records,
        (no) => `,{"sku":"${sku(no)}","quantity":${quantity(no)},"place":"west"}`,
        ']}',
      ),
  },
  {
    name: 'XML',
    pieces: (records) =>
      framed(
        '<stock>',
        records,
        (no) => `<item><sku>${sku(no)}</sku><quantity unit="EA">${quantity(no)}</quantity></item>`,
        '</stock>',
      ),
  },
  {
    name: 'X12 846',
    pieces: (records) =>
      framed(
        'ST*846*0001~BIA*00*SI*F1*20261120~',
        records,
        (no) => `LIN**VN*${sku(no)}~QTY*33*${quantity(no)}*EA~`,
        `SE*${records * 2 + 3}*0001~`,
      ),
  },
  {
    name: 'EDIFACT INVRPT',
    pieces: (records) =>
      framed(
        "UNH+1+INVRPT:D:96A:UN'BGM+35+1+9'",
        records,
        (no) => `LIN+1++${sku(no)}:SA'QTY+145:${quantity(no)}:PCE'`,
        `UNT+${records * 2 + 3}+1'`,
      ),
  },
];

const CHUNK = 64 * 1024;

export function bytesOf({ pieces, pack }: MadeFile, records: number): AsyncIterable<Buffer> {
  const plain = Readable.from(chunks(pieces(records)), { objectMode: true });
  return pack === 'gzip' ? pipeline(plain, createGzip({ level: 1 }), () => undefined) : plain;
}

function* chunks(pieces: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
