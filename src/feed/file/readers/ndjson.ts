import { shortened, type BadRow, type ReaderResult, type Row } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { firstBreak } from '../dialect.ts';
import { recordCutter, type Cut } from './cut-records.ts';
import { readJsonText } from './json-text.ts';

/** One JSON object a line. */
export function readNdjson(file: TextFile): ReaderResult {
  const newline = firstBreak(file.sample);
  return { found: { place: 'line' }, rows: rows(file.text, newline) };
}

async function* rows(text: AsyncIterable<string>, newline: '\n' | '\r'): AsyncGenerator<Row | BadRow> {
  const cutter = recordCutter({ delimiter: ',', quote: undefined, newline });
  for await (const chunk of text) yield* toRows(cutter.write(chunk));
  yield* toRows(cutter.end());
}

function* toRows(cuts: readonly Cut[]): Generator<Row | BadRow> {
  for (const { line, text, fault, ended } of cuts) {
    if (fault !== undefined) {
      yield { line, fault, text };
      continue;
    }
    if (text.trim() === '') continue;
    const json = readJsonText(text);
    if ('value' in json) {
      yield { line, cells: undefined, value: json.value, text: shortened(text) };
      continue;
    }
    if (json.isSyntax && !ended) {
      throw new UnreadableFile(
        `The file ends in the middle of line ${line}, which is no whole JSON: it was cut. Send it again.`,
      );
    }
    yield { line, fault: json.fault, text: shortened(text) };
  }
}
