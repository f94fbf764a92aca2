import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';

test('a message has the id that releases before gave it, whatever its item is called', async () => {
  const db = await testDatabase();
  const storable = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(storable, fc.nat(), fc.option(storable)), { minLength: 20, maxLength: 20 }),
      async (messages) => {
        const rows = await db.sql<{ id: string }>(
          `SELECT message_id(item, version, replay) AS id
             FROM unnest($1::text[], $2::integer[], $3::text[]) WITH ORDINALITY AS x (item, version, replay, no) ORDER BY no`,
          [messages.map(([item]) => item), messages.map(([, no]) => no), messages.map(([, , replay]) => replay)],
        );
        expect(rows.map(({ id }) => id)).toEqual(
          messages.map(
            (content) => `msg_${createHash('sha256').update(JSON.stringify(content)).digest('base64url')}`,
          ),
        );
      },
    ),
    { numRuns: 10 },
  );
});
