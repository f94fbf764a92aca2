export const FORMATS = ['csv', 'xlsx', 'json', 'ndjson', 'xml', 'x12-846', 'edifact-invrpt'] as const;

export type Format = (typeof FORMATS)[number];

/** One record of a file. */
export interface Row {
  /** From 1: the line of a text file where it begins, the row of a sheet, else the number of the element. */
  line: number;
  /**
   * A table's cells in the order of its columns: strings; of a sheet, numbers as a person sees them, and dates as RFC 3339
   * without a zone. Undefined where `value` is set.
   */
  cells: readonly string[] | undefined;
  /**
   * Of JSON, NDJSON, XML, X12 and EDIFACT. XML elements are objects: attributes `@name`, text `#text` or a plain string when
   * alone, repeated children as arrays.
   */
  value: unknown;
  /** The row as it stood, for the file of refused lines; at most 4 KiB. */
  text: string;
}

/** A record that could not be read; the ones after it can. */
export interface BadRow {
  line: number;
  fault: string;
  text: string;
}

export interface FileContents {
  /** What was found, or set. */
  found: {
    format: Format;
    unpacked?: 'gzip' | 'zip';
    entry?: string;
    encoding: string;
    delimiter?: string;
  };
  /** Names of a table's columns as they stand, without blank trailing ones; undefined where records are JSON or XML. */
  columns: readonly string[] | undefined;
  /**
   * What stands once in a file and holds for all its rows: X12's BIA date, EDIFACT's DTM, an XML or JSON envelope's fields by
   * path. Complete only for what stands before the first row.
   */
  envelope: Readonly<Record<string, string>>;
  rows: AsyncIterable<Row | BadRow>;
}

export interface ReadSettings {
  name?: string;
  format?: Format;
  encoding?: string;
  delimiter?: string;
  quote?: string;
  /** Path of the repeated element: JSON pointer or XML path; found by itself where it can be. */
  rows?: string;
  sheet?: string;
  /** Row of the header, from 1; 0: none, columns by number. */
  header?: number;
}
