import { formatTime, microsOf } from '../../../../src/domain/time.ts';
import { checkDefinition, faultInWords } from '../../../../src/feed/definition/read-definition.ts';
import { isBad } from '../../../../src/feed/file/row.ts';
import { UnreadableFile } from '../../../../src/feed/file/unreadable-file.ts';
import { mapRow } from '../../../../src/feed/mapping/map-row.ts';
import { guessFile } from '../../../../src/feed/preview/guess-file.ts';
import { openFile } from '../../../../src/feed/run/open-file.ts';
import { inPieces } from '../read-all.ts';

/** When the file came; no row names that year, so that it is seen where a time is this one. */
const RECEIVED = microsOf(new Date('2027-01-01T00:00:00Z'));

export interface Came {
  /** SKU, quantity, time and, where there is one, the location. */
  events: [string, number, string, string?][];
  /** Line and code, of refused rows. */
  refused: [number, string][];
  /** Why the file, or the rest of it, could not be read. */
  unreadable?: string;
  /** Why its columns are not those that were named. */
  faults?: string[];
  /** Columns that were named, and no row has, where each is read all the same. */
  absent?: string[];
}

/** What comes of a file by a definition without its first three keys. */
export async function readByFeed(content: Buffer | string, definition: object, name?: string): Promise<Came> {
  const document = { feed: 'f', supplier: 's', source: { upload: {} }, ...definition };
  const read = checkDefinition(document);
  if (!read.ok) throw new Error(read.faults.map(faultInWords).join('\n'));
  const came: Came = { events: [], refused: [] };
  try {
    const file = await openFile(inPieces(content, 4_096), read.definition, {
      ...{ name, fileTime: microsOf(new Date('2026-11-25T03:00:00Z')), receivedAt: RECEIVED },
    });
    const { faults } = file.mapping;
    if (faults.length > 0) came.faults = faults.map(({ path }) => path);
    for await (const row of file.rows) {
      if (faults.length > 0) continue;
      if (isBad(row)) {
        came.refused.push([row.line, row.fault]);
        continue;
      }
      const { events, refusals } = mapRow(row, file.mapping, file.context);
      for (const { sku, quantity, updatedAt, location } of events) {
        const told = [sku, quantity, formatTime(updatedAt)] as [string, number, string, string?];
        if (location !== '') told.push(location);
        came.events.push(told);
      }
      for (const { code } of refusals) came.refused.push([row.line, code]);
    }
    const { needed, others } = file.absent();
    if (needed.length > 0) came.faults = needed.map(({ path }) => path);
    if (others.length > 0) came.absent = others.map(({ path }) => path);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    came.unreadable = error.message;
  }
  return came;
}

/** What comes of a file without a feed: by its look, and what has to be answered. */
export async function readByLook(
  content: Buffer | string,
  answers: object = {},
  name?: string,
): Promise<Came & { open: readonly string[] }> {
  try {
    const { document, open } = await guessFile(inPieces(content, 4_096), { name, feed: 'f', supplier: 's' });
    return { ...(await readByFeed(content, withAnswers(document, answers), name)), open };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { events: [], refused: [], unreadable: error.message, open: [] };
  }
}

/** Each key of an answer beside those that were guessed. */
function withAnswers(document: object, answers: object): object {
  const all = document as Record<string, unknown>;
  const added = Object.entries(answers).map(([key, value]) => {
    const isMap = typeof value === 'object' && value !== null;
    return [key, isMap ? { ...(all[key] as object | undefined), ...value } : value] as const;
  });
  return { ...all, ...Object.fromEntries(added) };
}
