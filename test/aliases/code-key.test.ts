import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStorable } from '../../src/domain/safe-text.ts';
import { codeKey, inPieces } from '../../src/domain/sku-alias.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

const check = (digits: string): string => {
  const sum = Array.from(digits.padStart(13, '0')).reduce(
    (all, digit, at) => all + Number(digit) * (at % 2 === 0 ? 3 : 1),
    0,
  );
  return digits + String((10 - (sum % 10)) % 10);
};
const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: least, maxLength: most });
const codes = fc.oneof(
  digits(1, 16),
  digits(7, 13).map(check),
  fc.string({ maxLength: 14 }),
  fc.string({
    unit: fc.constantFrom('a', 'É', 'é', 'ß', 'ı', ' ', '\u00a0', '\u200b', '1', '٣'),
    maxLength: 14,
  }),
);

describe('what TypeScript and the database make of', () => {
  it('a code is the same', async () => {
    const some = fc.sample(codes, 3_000).filter(isStorable);
    const rows = await test.sql<{ key: string }>(
      'SELECT code_key(x.code) AS key FROM unnest($1::text[]) WITH ORDINALITY AS x (code, no) ORDER BY x.no',
      [some],
    );
    expect(rows.map(({ key }) => key)).toEqual(some.map(codeKey));
  });

  it('a quantity in pieces is the same', async () => {
    const int = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });
    const some = fc.sample(fc.tuple(int, fc.integer({ min: 1, max: 1_000_000 })), 1_000);
    const near = [1, 2, 3, 7, 12].flatMap((factor) =>
      [-1, 0, 1].map((by): [number, number] => [Math.floor(2_147_483_647 / factor) + by, factor]),
    );
    const all = [...some, ...near.filter(([quantity]) => quantity <= 2_147_483_647)];
    const rows = await test.sql<{ pieces: number | null }>(
      `SELECT aliased_quantity((x ->> 0)::integer, (x ->> 1)::integer) AS pieces
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS y (x, no) ORDER BY no`,
      [JSON.stringify(all)],
    );
    expect(rows.map(({ pieces }) => pieces ?? undefined)).toEqual(
      all.map(([quantity, factor]) => inPieces(quantity, factor)),
    );
  });
});
