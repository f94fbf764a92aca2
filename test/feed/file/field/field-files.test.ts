import { describe, expect, it } from 'vitest';
import { LISTS_OF_ROWS } from './lists-of-rows.ts';
import { OTHER_FORMATS } from './other-formats.ts';
import { OTHER_TABLES } from './other-tables.ts';
import { readByFeed, readByLook } from './read-field-file.ts';
import { REPORTED_OTHERS } from './reported-others.ts';
import { REPORTED_TABLES } from './reported-tables.ts';

describe.each([
  ['a file of a kind that was refused in the field', [...REPORTED_TABLES, ...REPORTED_OTHERS]],
  ['a file of another kind', [...OTHER_TABLES, ...OTHER_FORMATS, ...LISTS_OF_ROWS]],
] as const)('%s', (_, files) => {
  it('is there for each of them', () => {
    expect(files.length).toBeGreaterThanOrEqual(25);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  });

  it.each(files.map((file) => [file.name, file] as const))('%s', async (_name, file) => {
    const { content, by, answers, open = [], comes } = file;
    if (by) expect(await readByFeed(content, by)).toMatchObject(comes);
    else {
      const came = await readByLook(content, answers);
      expect(came).toMatchObject(comes);
      expect(came.open.toSorted()).toEqual(open.toSorted());
    }
  });
});
