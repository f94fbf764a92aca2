import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  databaseFailure,
  retriedDatabaseFailure,
  withoutQueryErrors,
} from '../../activities/database-failure.ts';
import { openDatabase, type Database } from '../../src/database/client.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;

/** One line, and nothing of how we ask or where the database is. */
const SPEAKS_PLAINLY = /^step: (?!.*(?:[Pp]risma|invocation|127\.0\.0\.1|\.ts:)).+$/;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

async function failureOf(work: (database: Database) => Promise<unknown>, database = test.database) {
  const error: unknown = await work(database).then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(retriedDatabaseFailure('step', error).nonRetryable).toBeFalsy();
  return databaseFailure('step', error);
}

describe('a step that the database failed', () => {
  it.each<[string, (database: Database) => Promise<unknown>]>([
    ['a division by zero', (database) => database.$queryRaw`SELECT 1 / (SELECT 0)`],
    ['a number out of range', (database) => database.$queryRaw`SELECT ${2n ** 40n}::bigint::integer`],
    ['NUL in a text', (database) => database.$queryRaw`SELECT ${'a\u0000b'}::text`],
    ['what is no number', (database) => database.$queryRaw`SELECT ${'twelve'}::text::integer`],
    ['NUL in a row', (database) => database.tenant.create({ data: { id: 'a\u0000b' } })],
  ])('for %s is not retried', async (_what, work) => {
    expect(await failureOf(work)).toMatchObject({
      nonRetryable: true,
      type: 'transaction_timeout',
      message: expect.stringMatching(SPEAKS_PLAINLY),
    });
  });

  it('says what PostgreSQL said', async () => {
    const failure = await failureOf((database) => database.$queryRaw`SELECT 1 / (SELECT 0)`);
    expect(failure.message).toBe('step: division by zero (22012)');
  });

  it('is told so by an activity that says nothing of its own, and other errors are left alone', async () => {
    const { sampleThis, other } = withoutQueryErrors({
      sampleThis: (): Promise<unknown> => test.database.$queryRaw`SELECT nothing FROM nowhere`,
      other: () => Promise.reject(new TypeError('a fault of ours')),
    });
    await expect(sampleThis()).rejects.toMatchObject({
      type: 'transaction_timeout',
      message: 'sample this: relation "nowhere" does not exist (42P01)',
    });
    await expect(other()).rejects.toThrow(TypeError);
  });

  it.each<[string, (database: Database) => Promise<unknown>]>([
    ['an event', (database) => database.$queryRaw`SELECT * FROM save_catalog_item(77, 'shop:A', 'A', NULL)`],
    ['a replay', (database) => database.replay.findUniqueOrThrow({ where: { id: 'lost' } })],
  ])('for the lack of %s is not retried, with what may have happened', async (_what, work) => {
    expect(await failureOf(work)).toMatchObject({
      nonRetryable: true,
      message: 'step: the ledger does not hold what this workflow is about; was an older backup restored?',
    });
  });

  it('for anything else is', async () => {
    const impatient = openDatabase(test.url, { connections: 1, statementTimeoutMs: 50 });
    const away = openDatabase('postgresql://nobody@127.0.0.1:9/nothing');
    try {
      for (const failure of [
        await failureOf((database) => database.$queryRaw`SELECT pg_sleep(5)`, impatient),
        await failureOf((database) => database.$queryRaw`SELECT 1`, away),
        await failureOf((database) => database.$queryRaw`SELECT nothing FROM nowhere`),
      ]) {
        expect(failure.nonRetryable).toBeFalsy();
        expect(failure.message).toMatch(SPEAKS_PLAINLY);
      }
      expect(databaseFailure('step', 'words').message).toBe('step: words');
    } finally {
      await impatient.$disconnect();
      await away.$disconnect();
    }
  });
});
