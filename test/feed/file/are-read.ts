import { describe, expect, it } from 'vitest';
import type { Found, ReadSettings } from '../../../src/feed/file/row.ts';
import { PIECE_SIZES, readAll, readShort } from './read-all.ts';

/** A file as some supplier sends it, and what is read of it. */
export interface SentFile {
  name: string;
  content: Buffer | string;
  how?: ReadSettings;
  found: Partial<Found>;
  columns?: string[];
  rows: [line: number, cellsOrValue: unknown][];
}

/** Tests that each is read so, however it comes. */
export function areRead(files: readonly SentFile[]): void {
  describe.each(files)('$name', ({ content, how, found, columns, rows }) => {
    it.each(PIECE_SIZES)('is read, in pieces of %s bytes', async (size) => {
      const file = await readAll(content, how, size);
      expect(file.found).toMatchObject(found);
      expect(await readShort(content, how, size)).toEqual({ columns, rows });
    });
  });
}
