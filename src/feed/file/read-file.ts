import { decode, decodeHead, findEncoding } from './encoding.ts';
import { findFormat, refuseWebPage } from './find-format.ts';
import type { Peeked } from './peek.ts';
import { readCsv } from './readers/csv.ts';
import type { BadRow, FileContents, Format, Found, ReaderResult, ReadSettings, Row } from './row.ts';
import type { TextFile } from './text-file.ts';
import { unpack } from './unpack.ts';
import { UnreadableFile } from './unreadable-file.ts';

const SAMPLE_CHARS = 256 * 1024;

/**
 * Turns any supplier's file into rows, at constant memory: unpacks it, and finds its encoding, format and dialect, as
 * far as `how` does not say them.
 *
 * @param chunks read as far as the rows are; ended when their iterator is
 * @throws UnreadableFile, also from the rows. What the source throws comes through as it is.
 */
export async function readFeedFile(
  chunks: AsyncIterable<Uint8Array>,
  how: ReadSettings,
): Promise<FileContents> {
  const source = chunks[Symbol.asyncIterator]();
  const closers: (() => unknown)[] = [() => source.return?.()];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).toReversed()) await one();
  };
  try {
    const { result, found } = await open(source, how, (one) => closers.push(one));
    return {
      found,
      columns: result.columns,
      envelope: result.envelope ?? {},
      rows: closing(result.rows, close),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  source: AsyncIterator<Uint8Array>,
  how: ReadSettings,
  onClose: (close: () => void) => void,
): Promise<{ result: ReaderResult; found: Found }> {
  const { file, workbook, ...packing } = await unpack(source, how, onClose);
  if (file.whole && file.head.length === 0) throw new UnreadableFile('The file is empty.');
  if (workbook) {
    if (how.format !== undefined && how.format !== 'xlsx') {
      throw new UnreadableFile(`The file is an Excel workbook, and the feed's format is ${how.format}.`);
    }
    const { readXlsx } = await import('./readers/xlsx.ts');
    const result = await readXlsx(workbook, how);
    return { result, found: { format: 'xlsx', ...packing, encoding: 'utf-8', ...result.found } };
  }
  if (how.format === 'xlsx') throw new UnreadableFile('The file is no Excel workbook (.xlsx).');
  const encoding = await findEncoding(file.head, how.encoding);
  const text = await toText(file, encoding, how);
  refuseWebPage(text);
  const format = how.format ?? findFormat(text, how.rows !== undefined);
  const result = await readAs(format, text, how);
  return { result, found: { format, ...packing, encoding, ...result.found } };
}

async function toText(file: Peeked, encoding: string, how: ReadSettings): Promise<TextFile> {
  const head = await decodeHead(file.head, encoding);
  return {
    sample: head.slice(0, SAMPLE_CHARS),
    whole: file.whole && head.length <= SAMPLE_CHARS,
    text: decode(file.chunks, encoding, how.encoding !== undefined),
  };
}

/** Readers that only some feeds need are loaded when one asks for them. */
async function readAs(
  format: Exclude<Format, 'xlsx'>,
  text: TextFile,
  how: ReadSettings,
): Promise<ReaderResult> {
  switch (format) {
    case 'csv':
      return readCsv(text, how);
    case 'ndjson':
      return (await import('./readers/ndjson.ts')).readNdjson(text);
    case 'json':
      return (await import('./readers/json.ts')).readJson(text, how);
    case 'xml':
      return (await import('./readers/xml.ts')).readXml(text, how);
    case 'x12-846':
      return (await import('./readers/x12-846.ts')).readX12(text);
    case 'edifact-invrpt':
      return (await import('./readers/edifact-invrpt.ts')).readEdifact(text);
  }
}

/** A generator that was never begun runs no `finally`: what it holds open is closed here. */
function closing(
  rows: AsyncGenerator<Row | BadRow>,
  close: () => Promise<void>,
): AsyncIterable<Row | BadRow> {
  const done = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const next = await rows.next();
          if (next.done) await close();
          return next;
        } catch (error) {
          await close();
          throw error;
        }
      },
      async return() {
        await rows.return(undefined);
        await close();
        return done;
      },
    }),
  };
}
