import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { isDataException } from '../../src/database/data-exception.ts';
import { isDatabaseUnavailable } from '../../src/database/database-unavailable.ts';
import { isMissingRow } from '../../src/database/missing-row.ts';
import { preparedQuery } from '../../src/database/prepared-query.ts';
import { isQueryError, wordsOfQueryError } from '../../src/database/words-of-query-error.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ connections: 1 });
  await db.sql(
    "CREATE FUNCTION answer() RETURNS TABLE(a integer, b text) LANGUAGE sql AS $$ SELECT 1, 'x' $$",
  );
});
afterAll(() => db.drop());

const ask = () => preparedQuery(db.database, Prisma.sql`SELECT a, b FROM answer() WHERE ${1}::integer = 1`);

it('is prepared once by a connection, which is one of those that other statements have', async () => {
  for (const _ of [1, 2, 3]) expect(await ask()).toEqual([{ a: 1, b: 'x' }]);
  const kept = await db.database
    .$queryRaw`SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE statement LIKE '%answer()%'`;
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

it("reads values as Prisma's own does", async () => {
  const sql = Prisma.sql`
    SELECT ${9_007_199_254_740_993n}::bigint AS large, ${7}::integer AS small, ${true}::boolean AS yes, ${null}::text AS nothing,
           ${'{"a": [1]}'}::jsonb AS json, ${Buffer.from('ab')}::bytea AS bytes, ${['x', '"y", {']}::text[] AS texts,
           ${[1n, 2n]}::bigint[] @> ARRAY[2]::bigint[] AS among`;
  const [prepared] = await preparedQuery<{ bytes: Uint8Array }>(db.database, sql);
  const [plain] = await db.database.$queryRaw<{ bytes: Uint8Array }[]>(sql);
  expect({ ...prepared, bytes: [...(prepared?.bytes ?? [])] }).toEqual({
    ...plain,
    bytes: [...(plain?.bytes ?? [])],
  });
});

it('is a part of the transaction that it is asked in', async () => {
  await expect(
    db.database.$transaction(async (transaction) => {
      await preparedQuery(
        transaction,
        Prisma.sql`INSERT INTO judging_rule (sku_pattern, clock_tolerance_seconds) VALUES ('undone', 1) RETURNING id`,
      );
      throw new Error('not after all');
    }),
  ).rejects.toThrow('not after all');
  expect(await db.sql("SELECT id FROM judging_rule WHERE sku_pattern = 'undone'")).toEqual([]);
});

describe('a failure', () => {
  const failureOf = async (sql: Prisma.Sql, database = db.database): Promise<unknown> =>
    preparedQuery(database, sql).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );

  it('is known as that of a query, in the words of PostgreSQL', async () => {
    const error = await failureOf(Prisma.sql`SELECT ${'x'}::integer AS a`);
    expect(isQueryError(error)).toBe(true);
    expect(isDataException(error)).toBe(true);
    expect(isDatabaseUnavailable(error)).toBe(false);
    expect(wordsOfQueryError(error)).toBe('invalid input syntax for type integer: "x" (22P02)');
  });

  it('is known for a row that is not there', async () => {
    const save = Prisma.sql`SELECT outcome FROM save_and_begin(${4711n}, 'x:Y', 'Y', NULL, NULL, '{}')`;
    expect(isMissingRow(await failureOf(save))).toBe(true);
  });

  it('is known for a server that is not there', async () => {
    const nobody = openDatabase('postgresql://nobody@127.0.0.1:9/nothing');
    try {
      const error = await failureOf(Prisma.sql`SELECT 1 AS one`, nobody);
      expect(isQueryError(error)).toBe(true);
      expect(isDatabaseUnavailable(error)).toBe(true);
      expect(wordsOfQueryError(error)).toBe('PostgreSQL does not answer');
    } finally {
      await nobody.$disconnect();
    }
  });
});

it('leaves no connection behind when it was all that was asked', async () => {
  const database = openDatabase(`${db.url}?application_name=alone`);
  await preparedQuery(database, Prisma.sql`SELECT 1 AS one`);
  const connections = () => db.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'alone'");
  expect(await connections()).toHaveLength(1);
  await database.$disconnect();
  await expect.poll(connections).toHaveLength(0);
  await database.$disconnect();
});
