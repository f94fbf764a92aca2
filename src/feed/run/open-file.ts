import type { Database } from '../../database/client.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { readFeedFile } from '../file/read-file.ts';
import type { BadRow, FileContents, Found, ReadSettings, Row } from '../file/row.ts';
import { compileMapping, type CompiledMapping } from '../mapping/compile-mapping.ts';
import { mayBeRow } from '../mapping/may-be-row.ts';
import type { FileContext } from '../mapping/context-time.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { readParts } from './file-parts.ts';

/** A file that is about to be read by a definition. */
export interface OpenedFile {
  found: Found;
  mapping: CompiledMapping;
  context: FileContext;
  rows: AsyncIterable<Row | BadRow>;
}

/** Opens the file of a run. @throws UnreadableFile */
export async function openRunFile(
  database: Pick<Database, 'feedFile'>,
  run: FeedRun,
  definition: ReadingDefinition,
): Promise<OpenedFile> {
  const times = { fileTime: run.fileTimeUs ?? undefined, receivedAt: run.createdAtUs };
  return openFile(readParts(database, run), definition, { name: run.fileName ?? undefined, ...times });
}

/** @throws UnreadableFile, also from the rows */
export async function openFile(
  chunks: AsyncIterable<Uint8Array>,
  definition: ReadingDefinition,
  { name, ...times }: { name: string | undefined } & Omit<FileContext, 'envelope'>,
): Promise<OpenedFile> {
  return asOpened(await readFeedFile(chunks, settingsOf(definition, name)), definition, times);
}

/** The same of a file that is open. */
export function asOpened(
  { found, columns, envelope, rows }: FileContents,
  definition: ReadingDefinition,
  times: Omit<FileContext, 'envelope'>,
): OpenedFile {
  return { found, mapping: compileMapping(definition, columns), context: { ...times, envelope }, rows };
}

function settingsOf(definition: ReadingDefinition, name: string | undefined): ReadSettings {
  const { format, encoding, delimiter, quote, header, sheet, rows, entry, columns } = definition;
  return {
    name,
    format,
    encoding,
    delimiter,
    quote,
    header,
    sheet,
    rows,
    entry,
    mayBeRow: mayBeRow(columns),
  };
}
