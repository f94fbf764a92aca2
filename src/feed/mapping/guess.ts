import { isPlaces, type Column } from '../definition/columns-schema.ts';
import type { FeedDocument } from '../definition/feed-schema.ts';
import type { Row } from '../file/row.ts';
import { findColumn } from './columns.ts';
import { guessColumns, type ColumnsDraft } from './guess-columns.ts';
import { guessQuantities } from './guess-quantities.ts';
import { guessTimes, zoneQuestion } from './guess-times.ts';
import { rankOfName } from './known-names.ts';
import type { Question, Sample } from './sample.ts';

/** What would be read without a format, and a date that says no hour. */
const DATES_AND_ISO = ['iso', 'rfc2822', 'yyyy-MM-dd'];

/** A document that can be saved as soon as nothing is open. */
export interface Guess {
  document: Omit<FeedDocument, 'columns'> & { columns: ColumnsDraft };
  /** The paths of the questions. */
  open: readonly string[];
  questions: readonly Question[];
}

/** A definition out of a sample. What the sample leaves open is asked, and never chosen. */
export function guessFeed(sample: Sample, names: { feed: string; supplier: string }): Guess {
  const guessed = isMessage(sample)
    ? { columns: columnsOfMessage(sample), questions: [] }
    : guessColumns(sample);
  const { columns } = guessed;
  const quantities = guessQuantities(
    quantityColumns(columns.quantity).flatMap((column) => valuesOf(column, sample)),
  );
  const timeQuestion = guessed.questions.some(({ path }) => path === 'columns.updatedAt');
  const times =
    columns.updatedAt === undefined
      ? timeQuestion
        ? { times: undefined, questions: [] }
        : timesOfEnvelope(sample)
      : timesOfColumn(columns.updatedAt, sample);
  const questions = [...guessed.questions, ...quantities.questions, ...times.questions];
  return {
    document: {
      ...names,
      source: { upload: {} },
      format: sample.format,
      // An array that is the whole file has no name.
      ...(sample.place && { rows: sample.place }),
      columns,
      ...(times.times && { times: times.times }),
      ...(quantities.quantities && { quantities: quantities.quantities }),
    },
    open: questions.map(({ path }) => path),
    questions,
  };
}

function isCount(text: string): boolean {
  return /^\d{9,10}$|^\d{13}$/.test(text.trim());
}

function isMessage({ format }: Sample): boolean {
  return format === 'x12-846' || format === 'edifact-invrpt';
}

/** Their reader gives every value its name. */
function columnsOfMessage({ rows }: Sample): ColumnsDraft {
  const has = (name: string): boolean =>
    rows.some(({ value }) => (value as Record<string, unknown> | null)?.[name] !== undefined);
  return {
    sku: 'sku',
    quantity: 'quantity',
    ...(has('location') && { location: 'location' }),
    ...(has('updatedAt') && { updatedAt: 'updatedAt' }),
  };
}

function quantityColumns(quantity: ColumnsDraft['quantity']): Column[] {
  if (quantity === undefined) return [];
  return isPlaces(quantity) ? Object.values(quantity) : [quantity];
}

function valuesOf(column: Column, { columns, rows }: Sample): unknown[] {
  const found = findColumn(column, columns);
  return found.ok ? rows.map(found.read) : [];
}

/** Dates of a spreadsheet are read whatever the format of texts, as soon as there is one, and name no zone. */
function timesOfColumn(column: Column, sample: Sample): ReturnType<typeof guessTimes> {
  const found = findColumn(column, sample.columns);
  if (!found.ok) return guessTimes([]);
  const isDate = ({ dates }: Row): boolean =>
    found.index !== undefined && dates?.includes(found.index) === true;
  const dates = sample.rows.filter(isDate).map((row) => String(found.read(row)));
  const { times, questions } = guessTimes(sample.rows.filter((row) => !isDate(row)).map(found.read));
  if (dates.length === 0) return { times, questions };
  const asks = (wanted: string): boolean => questions.some(({ path }) => path === wanted);
  const needsFormat = times === undefined && dates.some((date) => !date.includes('T'));
  return {
    times: needsFormat && !asks('times.format') ? { format: DATES_AND_ISO } : times,
    questions: asks('times.zone') ? questions : [...questions, zoneQuestion(dates)],
  };
}

/** The one field of the envelope that is named as a time, or reads as one; else it is asked where the time is from. */
function timesOfEnvelope({ envelope }: Sample): {
  times: FeedDocument['times'];
  questions: Question[];
} {
  const found = Object.entries(envelope).flatMap(([field, text]) => {
    const guessed = guessTimes([text]);
    // A number may count messages as well as seconds.
    const isTime =
      text.trim() !== '' && !isCount(text) && !guessed.questions.some(({ path }) => path === 'times.format');
    return isTime ? [{ field, ...guessed }] : [];
  });
  const named = found.filter(
    ({ field }) => rankOfName('updatedAt', field.split('/').at(-1) ?? '') !== undefined,
  );
  const [only, ...others] = named.length > 0 ? named : found;
  if (only && others.length === 0) {
    return { times: { of: 'envelope', field: only.field, ...only.times }, questions: only.questions };
  }
  const choices = ['file', 'received', ...found.map(({ field }) => `envelope, field ${field}`)];
  const why = 'no column has a time: is it that of the file, or of its receipt?';
  return { times: undefined, questions: [{ path: 'times.of', why, choices }] };
}
