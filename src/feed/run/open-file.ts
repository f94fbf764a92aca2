import type { Database } from '../../database/client.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { readFeedFile } from '../file/read-file.ts';
import type { FileContents, Found, ReadSettings } from '../file/row.ts';
import type { FileCounts } from '../guards/judge-file.ts';
import { compileMapping, type CompiledMapping, type MappingFault } from '../mapping/compile-mapping.ts';
import { mayBeRow } from '../mapping/may-be-row.ts';
import type { FileContext } from '../mapping/context-time.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';
import { readParts } from './file-parts.ts';
import { watchedRows, type WatchedRows } from './watched-rows.ts';

/** A file that is about to be read by a definition. */
export interface OpenedFile extends WatchedRows {
  found: Found;
  mapping: CompiledMapping;
  context: FileContext;
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
  const mapping = compileMapping(definition, columns);
  const context = { ...times, envelope };
  return { found, mapping, context, ...watchedRows(rows, mapping, context) };
}

/** What a file's columns lack, in words; of records that are no table's, when all of them were read. */
export function columnFaults({
  mapping,
  absent,
}: OpenedFile): Pick<FileCounts, 'columnFaults' | 'absentColumns'> {
  const { needed, others } = absent();
  return {
    columnFaults: [...mapping.faults, ...needed].map(inWords),
    absentColumns: others.map(inWords),
  };
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

const inWords = ({ path, reason }: MappingFault): string => `${path}: ${reason}`;
