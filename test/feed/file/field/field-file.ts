import type { Came } from './read-field-file.ts';

/** A file as suppliers send them, and what comes of it. */
export interface FieldFile {
  name: string;
  content: Buffer | string;
  /** A definition without its first three keys; none: by its look. */
  by?: object;
  /** What was asked of whoever looks, and the answer. */
  open?: string[];
  answers?: object;
  comes: Partial<Came>;
}

export const AT = '2026-11-20T10:00:00Z';
export const T10 = '2026-11-20T10:00:00.000000Z';
export const T11 = '2026-11-20T11:00:00.000000Z';
/** When the files of these tests were written. */
export const NIGHT = '2026-11-25T03:00:00.000000Z';
export const OURS = { columns: { sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt' } };
export const FILE_TIME = { times: { of: 'file' } };
export const one = (sku: string, quantity = 5): Partial<Came> => ({
  events: [[sku, quantity, T10]],
  refused: [],
});
/** The first with 5, the next with 6, … */
export const named = (names: string[]): Partial<Came> => ({
  events: names.map((name, no) => [name, no + 5, T10]),
  refused: [],
});
