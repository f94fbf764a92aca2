import type { Format, Row } from '../file/row.ts';

/** The beginning of a file. */
export interface Sample {
  format: Format;
  /** Where its rows are, as the setting would say it; undefined: it is no setting of the format. */
  place?: string | undefined;
  columns: readonly string[] | undefined;
  envelope: Readonly<Record<string, string>>;
  rows: readonly Row[];
}

/** What the sample does not say, and somebody has to. */
export interface Question {
  /** Of the definition: `times.zone`. */
  path: string;
  why: string;
  /** What it may be, as the definition would have it; there may be others. */
  choices: string[];
}
