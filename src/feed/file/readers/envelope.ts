import { shortened } from '../row.ts';

const MOST_FIELDS = 1_000;
/** As many as `times.field` may have. */
const MOST_PATH = 500;

export interface Envelope {
  /** Fields by their paths. */
  fields: Record<string, string>;
  note: (path: string, value: string) => void;
}

/** Keeps what stands before the first row, as far as a definition can name it. */
export function envelope(): Envelope {
  const fields: Record<string, string> = {};
  let count = 0;
  return {
    fields,
    note(path, value) {
      if (count >= MOST_FIELDS || path.length > MOST_PATH) return;
      count += 1;
      fields[path] = shortened(value);
    },
  };
}
