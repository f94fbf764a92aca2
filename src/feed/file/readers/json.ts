import type { BadRow, ReaderResult, ReadSettings, Row } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { findJsonRows, placesOf } from './find-json-rows.ts';
import { NoJson, pointerOf, stepsOf } from './json-path.ts';
import { jsonRows, type JsonRows } from './json-rows.ts';
import { nothingAt } from './nothing-at.ts';
import { refuseOthers } from './one-place.ts';
import { faultOf, primed } from './pending-rows.ts';

/** The elements of an array somewhere in a JSON text. @throws UnreadableFile, also from its rows */
export async function readJson(file: TextFile, how: ReadSettings): Promise<ReaderResult> {
  const steps = how.rows === undefined ? findJsonRows(file, how.mayBeRow) : stepsOf(how.rows);
  const reader = jsonRows(steps, how.rows === undefined ? refuseOthers(pointerOf(steps), how) : undefined);
  const rows = await primed(
    read(file.text, reader, () => nothingAt(pointerOf(steps), placesOf(file.sample))),
  );
  return { envelope: { ...reader.envelope }, found: { place: 'element', rows: pointerOf(steps) }, rows };
}

async function* read(
  text: AsyncIterable<string>,
  reader: JsonRows,
  missing: () => UnreadableFile,
): AsyncGenerator<Row | BadRow> {
  for await (const chunk of text) {
    // What is before a fault was sent all the same.
    const fault = faultOf(() => reader.write(chunk));
    for (const row of reader.taken()) yield row;
    if (fault) throw inWords(reader, fault);
  }
  const fault = faultOf(() => reader.end());
  for (const row of reader.taken()) yield row;
  if (fault) throw inWords(reader, fault);
  if (!reader.isThere()) throw missing();
}

function inWords(reader: JsonRows, cause: Error): UnreadableFile {
  if (cause instanceof UnreadableFile) return cause;
  const where = reader.count() === 0 ? '' : ` behind its element ${reader.count()}`;
  const why = cause instanceof NoJson && cause.message !== '' ? `: ${cause.message}` : '';
  return new UnreadableFile(`The file is no whole JSON${where}${why}. Send it again, or as it should be.`, {
    cause,
  });
}
