import { checkDefinition, faultInWords } from '../definition/read-definition.ts';
import { readFeedFile } from '../file/read-file.ts';
import { isBad, type BadRow, type FileContents, type Format, type Row } from '../file/row.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';
import { looksLikeRow } from '../mapping/guess-columns.ts';
import { guessFeed, type Guess } from '../mapping/guess.ts';
import { mapRow } from '../mapping/map-row.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';

const SAMPLE_ROWS = 500;

/** What a guess is called until somebody names it. */
const UNNAMED = 'guessed';

/** How a file without a feed is read. */
export interface Look {
  /** Of our own form, which leaves nothing to guess: it says what the HTTP intake's events say, in the same words. */
  isOwn: boolean;
  guess: Guess;
  /** Undefined where the file leaves something open. */
  definition: ReadingDefinition | undefined;
  /** The file, with the rows that were looked at; to be read once, or closed. */
  contents: FileContents;
  close: () => Promise<void>;
}

/** What is in lines is lines, however the first of them look. */
const NAMED_NDJSON = /\.(?:ndjson|jsonl)(?:\.gz)?$/i;

/** Says by the beginning of a file how it is to be read. @throws UnreadableFile */
export async function lookAtFile(
  chunks: AsyncIterable<Uint8Array>,
  { name, supplier, format }: { name: string | undefined; supplier: string; format?: Format | undefined },
): Promise<Look> {
  const ofName = name !== undefined && NAMED_NDJSON.test(name) ? 'ndjson' : undefined;
  const contents = await readFeedFile(chunks, { name, format: format ?? ofName, mayBeRow: looksLikeRow });
  const rows = contents.rows[Symbol.asyncIterator]();
  const first: (Row | BadRow)[] = [];
  let fault: unknown;
  let done = false;
  while (first.length < SAMPLE_ROWS && !done) {
    try {
      const next = await rows.next();
      done = next.done === true;
      if (!next.done) first.push(next.value);
    } catch (error) {
      // What stands before it can be read, and is told with it.
      fault = error;
      done = true;
    }
  }
  const sample = first.filter((row): row is Row => !isBad(row));
  return {
    ...judge(guessOf(contents, sample, supplier), contents, sample),
    contents: { ...contents, rows: replay(first, fault, rows) },
    close: async () => {
      await rows.return?.();
    },
  };
}

function guessOf({ found, columns, envelope }: FileContents, rows: readonly Row[], supplier: string): Guess {
  return guessFeed(
    { format: found.format, place: found.rows, columns, envelope, rows },
    { feed: UNNAMED, supplier },
  );
}

function judge(
  guess: Guess,
  contents: FileContents,
  sample: readonly Row[],
): Omit<Look, 'contents' | 'close'> {
  const own = ownDefinition(guess, contents);
  if (own && (sample.length === 0 || readsAny(own, contents, sample))) {
    const columnQuestions =
      sample.length === 0 ? [] : guess.questions.filter(({ path }) => path.startsWith('columns.'));
    const asOurs = {
      ...guess,
      document: own,
      questions: columnQuestions,
      open: columnQuestions.map(({ path }) => path),
    };
    const { location = 'location' } = own.columns;
    const isOwn = location === 'location' && columnQuestions.length === 0;
    return { isOwn, guess: asOurs, definition: definitionOf(asOurs, isOwn) };
  }
  return { isOwn: false, guess, definition: definitionOf(guess, false) };
}

/**
 * Of a file whose columns are called as ours are. Its figures and times are read as ours, whatever else some of them may
 * look like: a line that is wrong is refused, and does not change what the others mean.
 */
function ownDefinition(guess: Guess, { found, columns }: FileContents): Guess['document'] | undefined {
  const isLines = found.format === 'ndjson' || found.format === 'json';
  if (!isLines && found.format !== 'csv') return undefined;
  const { feed, supplier, source, format, rows, columns: named } = guess.document;
  const isEmpty = isLines && named.sku === undefined && named.quantity === undefined;
  const isNamed = named.sku === 'sku' && named.quantity === 'quantity' && named.updatedAt === 'updatedAt';
  if (!isNamed && !isEmpty) return undefined;
  // In our own form an event may say where it lies, and have an id, or not; what is called otherwise is guessed.
  const mayHave = isLines && (named.location ?? 'location') === 'location';
  const hasLocation = mayHave || columns?.some((column) => column.trim() === 'location') === true;
  return {
    ...{ feed, supplier, source, format, ...(rows !== undefined && { rows }) },
    columns: {
      ...{ sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt' },
      ...((mayHave || named.id !== undefined) && { id: 'id' }),
      ...(named.location !== undefined
        ? { location: named.location }
        : hasLocation && { location: 'location' }),
    },
  };
}

function readsAny(document: Guess['document'], contents: FileContents, sample: readonly Row[]): boolean {
  const checked = checkDefinition(document);
  if (!checked.ok) return false;
  const mapping = compileMapping(checked.definition, contents.columns);
  const context = { receivedAt: 0n, envelope: contents.envelope };
  return mapping.faults.length === 0 && sample.some((row) => mapRow(row, mapping, context).events.length > 0);
}

function definitionOf({ document, open }: Guess, isOwn: boolean): ReadingDefinition | undefined {
  if (open.length > 0) return undefined;
  const checked = checkDefinition(document);
  if (!checked.ok) throw new Error(`a guess is no feed: ${checked.faults.map(faultInWords).join('; ')}`);
  return isOwn ? { ...checked.definition, asSent: true } : checked.definition;
}

async function* replay(
  first: (Row | BadRow)[],
  fault: unknown,
  rest: AsyncIterator<Row | BadRow>,
): AsyncGenerator<Row | BadRow> {
  try {
    for (const row of first.splice(0)) yield row;
    if (fault) throw fault;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
