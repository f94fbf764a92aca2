import type { BadRow, ReaderResult, ReadSettings, Row } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import type { UnreadableFile } from '../unreadable-file.ts';
import { findXmlRows, pathsOf } from './find-xml-rows.ts';
import { nothingAt } from './nothing-at.ts';
import { refuseOthers } from './one-place.ts';
import { faultOf, primed } from './pending-rows.ts';
import { xmlRows, type XmlRows } from './xml-rows.ts';

/** The elements of one path. @throws UnreadableFile, also from its rows */
export async function readXml(file: TextFile, how: ReadSettings): Promise<ReaderResult> {
  const path = how.rows ?? findXmlRows(file, how.mayBeRow);
  const reader = xmlRows(path, how.rows === undefined ? refuseOthers(path, how) : undefined);
  const rows = await primed(read(file.text, reader, () => nothingAt(path, pathsOf(file))));
  return { envelope: { ...reader.envelope }, found: { place: 'element', rows: path }, rows };
}

async function* read(
  text: AsyncIterable<string>,
  reader: XmlRows,
  missing: () => UnreadableFile,
): AsyncGenerator<Row | BadRow> {
  for await (const chunk of text) {
    // What is before a fault was sent all the same.
    const fault = faultOf(() => reader.write(chunk));
    for (const row of reader.taken()) yield row;
    if (fault) throw fault;
  }
  reader.end();
  if (!reader.isThere()) throw missing();
}
