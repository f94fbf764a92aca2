export const FORMATS = ['csv', 'xlsx', 'json', 'ndjson', 'xml', 'x12-846', 'edifact-invrpt'] as const;
export type Format = (typeof FORMATS)[number];

/** No record of a sensible file is longer; memory stays bounded whatever the file holds. */
export const RECORD_CHARS = 64 * 1024;

const TEXT_BYTES = 4 * 1024;

/** One record of a file. */
export interface Row {
  /** From 1, in the unit of `found.place`. */
  line: number;
  /** A table's cells in the order of its columns, else undefined. There may be fewer of them, or more that are not blank. */
  cells: readonly string[] | undefined;
  /** Of a record that is no table's: JSON's value, an element of XML, an item of EDI. */
  value: unknown;
  /** Of a spreadsheet: which of the cells are dates, and no texts, by their index from 0. */
  dates?: readonly number[];
  /** Of a message of EDI: its times are in the form that its standard gives them, whatever is set for texts. */
  isEdi?: true;
  /** A file of lines ends within it, without the end of its line: its last cell may be cut. */
  isOpen?: true;
  /** The row as it stood (an element of XML as JSON), at most 4 KiB of it. */
  text: string;
}

/** A record that could not be read; the ones after it can. */
export interface BadRow {
  line: number;
  fault: string;
  text: string;
}

export interface Found {
  format: Format;
  unpacked?: 'gzip' | 'zip';
  /** The file that was read within the zip. */
  entry?: string;
  encoding: string;
  delimiter?: string;
  sheet?: string;
  /** The path of the repeated element, as `rows` of the settings would say it. */
  rows?: string;
  /** What `line` of a row counts. */
  place: 'line' | 'row' | 'element' | 'segment';
}

export interface FileContents {
  found: Found;
  /** A table's column names as they stand, without blank ones at the end; undefined for other formats. */
  columns: readonly string[] | undefined;
  /** What stands once in a file and holds for all its rows, by path; complete for what stands before the first row. */
  envelope: Readonly<Record<string, string>>;
  /** To be read once. It throws UnreadableFile at the end of a file that was cut. */
  rows: AsyncIterable<Row | BadRow>;
}

export interface Limits {
  /** Bytes of the file as it comes, where it has to be kept on disk (zip, xlsx). */
  packedBytes: number;
  /** Bytes after unpacking. */
  unpackedBytes: number;
}

/** What is not set is found. */
export interface ReadSettings {
  /** For messages only. */
  name?: string | undefined;
  format?: Format | undefined;
  encoding?: string | undefined;
  delimiter?: string | undefined;
  /** `none`: quotes are characters like others. */
  quote?: string | undefined;
  /** Where the rows are: a JSON pointer (`*`: any key) to their array, or the path of the repeated XML element. */
  rows?: string | undefined;
  /** Whether a record of JSON or XML can be one of the rows: by which their list is found where there are several. */
  mayBeRow?: ((value: unknown) => boolean) | undefined;
  /** The file within a zip; `*` for any characters, `?` for one. */
  entry?: string | undefined;
  sheet?: string | undefined;
  /** The line or sheet row of the header, from 1; 0: there is none, and columns are named by their numbers. */
  header?: number | undefined;
  limits?: Partial<Limits> | undefined;
}

/** What a reader of one format makes of a file's text. */
export interface ReaderResult {
  columns?: readonly string[];
  envelope?: Readonly<Record<string, string>>;
  found: Pick<Found, 'place'> & Partial<Found>;
  rows: AsyncGenerator<Row | BadRow>;
}

export const isBad = (row: Row | BadRow): row is BadRow => 'fault' in row;

const encoder = new TextEncoder();
const room = new Uint8Array(TEXT_BYTES);

/** As much of a record's text as is kept. */
export function shortened(text: string): string {
  if (text.length * 3 <= TEXT_BYTES) return text;
  return text.slice(0, encoder.encodeInto(text, room).read);
}
