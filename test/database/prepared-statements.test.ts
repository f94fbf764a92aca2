import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementNames } from '../../src/database/prepared-statements.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ connections: 1 });
  await db.sql(
    "CREATE FUNCTION answer() RETURNS TABLE(a integer, b text) LANGUAGE sql AS $$ SELECT 1, 'x' $$",
  );
});
afterAll(() => db.drop());

it('names a marked text, the same each time, and no other', () => {
  const name = statementNames();
  const [a, b] = ['\n  /* prepared */ SELECT 1', '/* prepared */ SELECT 2'];
  const first = name({ sql: a });
  expect(first).not.toBe('');
  expect(name({ sql: b })).not.toBe(first);
  expect(name({ sql: a })).toBe(first);
  expect(name({ sql: 'SELECT 1 /* prepared */' })).toBe('');
});

describe('a marked statement', () => {
  const ask = () => db.database.$queryRaw`/* prepared */ SELECT a, b FROM answer() WHERE ${1}::integer = 1`;

  it('is prepared once by a connection', async () => {
    for (const _ of [1, 2, 3]) expect(await ask()).toEqual([{ a: 1, b: 'x' }]);
    const kept = await db.database
      .$queryRaw`SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements`;
    expect(kept).toEqual([{ runs: 3n }]);
  });

  it('goes on when a later release gives its function another column', async () => {
    await ask();
    await db.sql('DROP FUNCTION answer()');
    await db.sql(
      "CREATE FUNCTION answer() RETURNS TABLE(a integer, c bigint, b text) LANGUAGE sql AS $$ SELECT 2, 3::bigint, 'y' $$",
    );
    expect(await ask()).toEqual([{ a: 2, b: 'y' }]);
  });
});
