import { nameBinary } from './name-binary.ts';
import { UnreadableFile } from './unreadable-file.ts';

/** Bytes that Windows-1252 has no character for. */
const NOT_1252 = /[\u0081\u008d\u008f\u0090\u009d]/;

const DECLARED = /^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/;

/** What cannot be so where that was read byte by byte: .NET writes UTF-16 above texts that are then kept as UTF-8. */
const WIDE = /^(?:utf-?(?:16|32)|ucs-?[24]|iso-10646-ucs)/i;

const BOMS: readonly (readonly [bytes: Buffer, encoding: string])[] = [
  [Buffer.from('efbbbf', 'hex'), 'utf-8'],
  [Buffer.from('fffe0000', 'hex'), 'utf-32le'],
  [Buffer.from('fffe', 'hex'), 'utf-16le'],
  [Buffer.from('feff', 'hex'), 'utf-16be'],
];

/**
 * The encoding of a text, by the setting, its byte order mark, its zero bytes, what XML says of itself, and else
 * UTF-8 when the head is that, or Windows-1252.
 *
 * @throws UnreadableFile for what is no text, and for a setting that names no encoding
 */
export async function findEncoding(head: Buffer, set: string | undefined): Promise<string> {
  const binary = nameBinary(head);
  if (binary !== undefined) throw new UnreadableFile(`The file is ${binary}.`);
  if (set !== undefined) return known(set);
  const bom = BOMS.find(([bytes]) => head.subarray(0, bytes.length).equals(bytes));
  if (bom) return bom[1];
  const wide = wideEncoding(head);
  if (wide !== undefined) return wide;
  const zero = head.indexOf(0);
  if (zero !== -1) {
    throw new UnreadableFile(
      `The file is no text: byte ${zero + 1} is zero. If it is text all the same, say its encoding.`,
    );
  }
  const declared = DECLARED.exec(head.toString('latin1', 0, 300))?.[1];
  if (declared !== undefined && !WIDE.test(declared)) return known(declared);
  if (isUtf8(head) || isDamagedUtf8(head)) return 'utf-8';
  if (NOT_1252.test(head.toString('latin1'))) {
    throw new UnreadableFile(
      'The text is neither UTF-8 nor Windows-1252; say its encoding (windows-1250, shift_jis, cp850, …).',
    );
  }
  return 'windows-1252';
}

async function known(name: string): Promise<string> {
  const lower = name.toLowerCase().replace(/^utf(?=8$|16|32)/, 'utf-');
  if (isNative(lower)) return lower;
  const { default: iconv } = await import('iconv-lite');
  if (iconv.encodingExists(lower)) return lower;
  throw new UnreadableFile(`There is no encoding ${JSON.stringify(name.slice(0, 40))}.`);
}

/** UTF-16 without a mark: text of the western world has a zero in every other byte. */
function wideEncoding(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const pairs = Math.floor(Math.min(head.length, 4096) / 2);
  const zeros = [0, 0];
  for (let at = 0; at < pairs * 2; at += 1) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > pairs / 2 && even < pairs / 20) return 'utf-16le';
  if (even > pairs / 2 && odd < pairs / 20) return 'utf-16be';
  return undefined;
}

function isUtf8(head: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Another encoding's letters make hardly ever a character of UTF-8: with more of these than of others, some are damaged. */
function isDamagedUtf8(head: Buffer): boolean {
  const text = new TextDecoder('utf-8').decode(head, { stream: true });
  let [whole, damaged] = [0, 0];
  for (const [character] of text.matchAll(/\P{ASCII}/gu)) {
    if (character === '\ufffd') damaged += 1;
    else whole += 1;
  }
  return whole > damaged;
}

const isNative = (encoding: string): boolean => /^utf-(?:8|16le|16be)$/.test(encoding);

interface Decoder {
  /** Throws or gives U+FFFD for bytes that are no characters. */
  write(bytes: Buffer): string;
  end(): string;
}

async function decoderOf(encoding: string): Promise<Decoder> {
  if (isNative(encoding)) {
    const decoder = new TextDecoder(encoding, { fatal: true });
    return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
  }
  const { default: iconv } = await import('iconv-lite');
  const decoder = iconv.getDecoder(encoding);
  const strict = (text: string): string => {
    if (text.includes('\ufffd')) throw new TypeError(`no ${encoding}`);
    return text;
  };
  return { write: (bytes) => strict(decoder.write(bytes)), end: () => strict(decoder.end() ?? '') };
}

/** The beginning of the text, to find its format by; what is wrong with it comes to light when it is read. */
export async function decodeHead(head: Buffer, encoding: string): Promise<string> {
  if (isNative(encoding)) return new TextDecoder(encoding).decode(head, { stream: true });
  const { default: iconv } = await import('iconv-lite');
  return iconv.decode(head, encoding);
}

/**
 * The text, without its byte order mark.
 *
 * @throws UnreadableFile at the first bytes that are no characters, with their line
 */
export async function* decode(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
  isSet: boolean,
): AsyncGenerator<string> {
  const decoder = await decoderOf(encoding);
  const lines = { lf: 0, cr: 0 };
  for await (const chunk of chunks) {
    const text = attempt(() => decoder.write(chunk));
    if (text === undefined) {
      const before = (await decodeHead(withoutTail(chunk), encoding)).split('\ufffd', 1)[0] ?? '';
      countLines(before, lines);
      throw wrongBytes(encoding, isSet, 1 + (lines.lf || lines.cr));
    }
    countLines(text, lines);
    if (text.includes('\0')) {
      throw new UnreadableFile(
        `The file is no text in ${encoding}: it has a zero near line ${1 + (lines.lf || lines.cr)}.`,
      );
    }
    if (text !== '') yield text;
  }
  const tail = attempt(() => decoder.end());
  if (tail === undefined) {
    throw new UnreadableFile(
      `The file ends in the middle of a character of ${encoding}: it was cut, so send it again.${
        isSet || encoding !== 'utf-8' ? '' : ' Or it is of Windows: then set encoding: windows-1252.'
      }`,
    );
  }
  if (tail !== '') yield tail;
}

function attempt(act: () => string): string | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** What ends a character that the chunk before began is no fault of this one. */
function withoutTail(chunk: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((chunk[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return chunk.subarray(start);
}

function countLines(text: string, lines: { lf: number; cr: number }): void {
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.lf += 1;
  if (lines.lf > 0) return;
  for (let at = text.indexOf('\r'); at !== -1; at = text.indexOf('\r', at + 1)) lines.cr += 1;
}

function wrongBytes(encoding: string, isSet: boolean, line: number): UnreadableFile {
  const advice = isSet
    ? 'the setting encoding does not fit this file'
    : encoding === 'utf-8'
      ? 'if it is of Windows, set encoding: windows-1252'
      : 'say its encoding';
  return new UnreadableFile(`Line ${line} has bytes that are no characters of ${encoding}; ${advice}.`);
}
