import { gunzip } from './gunzip.ts';
import { limitsOf } from './meter.ts';
import { peek, type Peeked } from './peek.ts';
import { pickEntry } from './pick-entry.ts';
import type { Found, ReadSettings } from './row.ts';
import { UnreadableFile } from './unreadable-file.ts';
import type { Zip } from './zip.ts';

/** Enough to tell the encoding by. */
export const HEAD_BYTES = 2 ** 20;

/** A workbook in a zip that was packed with gzip. */
const MOST_LAYERS = 3;

export interface Unpacked extends Pick<Found, 'unpacked' | 'entry'> {
  file: Peeked;
  /** A zip that is a spreadsheet; `file` is the zip then, and is read. */
  workbook?: Zip;
}

const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;
const isZip = (head: Buffer): boolean => head.subarray(0, 2).equals(Buffer.from('PK')) && (head[2] ?? 9) < 9;

/**
 * Takes off what the file is packed in, by its first bytes and whatever its name says.
 *
 * @param onClose gets what is to be closed when the file has been read
 * @throws UnreadableFile
 */
export async function unpack(
  source: AsyncIterator<Uint8Array>,
  how: ReadSettings,
  onClose: (close: () => void) => void,
): Promise<Unpacked> {
  const limits = limitsOf(how);
  const found: Omit<Unpacked, 'file'> = {};
  let file = await peek(source, HEAD_BYTES);
  for (let layer = 0; isGzip(file.head) || isZip(file.head); layer += 1) {
    if (layer === MOST_LAYERS) throw new UnreadableFile('The file is packed within packed files; unpack it.');
    if (isGzip(file.head)) {
      found.unpacked ??= 'gzip';
      file = await peek(gunzip(file.chunks, limits), HEAD_BYTES);
      continue;
    }
    const { openZip } = await import('./zip.ts');
    const zip = await openZip(file.chunks, limits);
    onClose(zip.close);
    if (isWorkbook(zip)) return { ...found, file, workbook: zip };
    const entry = pickEntry(zip.names, how.entry);
    found.unpacked ??= 'zip';
    found.entry = entry;
    file = await peek(zip.read(entry), HEAD_BYTES);
  }
  return { ...found, file };
}

/** @throws UnreadableFile for a spreadsheet of another kind */
function isWorkbook({ names }: Zip): boolean {
  if (names.includes('xl/workbook.xml')) return true;
  const other = names.includes('xl/workbook.bin')
    ? 'an Excel file of the binary kind (.xlsb)'
    : names.includes('content.xml') && names.includes('META-INF/manifest.xml')
      ? 'an OpenDocument file'
      : undefined;
  if (other) throw new UnreadableFile(`The file is ${other}; save it as .xlsx or CSV.`);
  return false;
}
