import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import { EVENT_OUTCOMES } from '../../src/domain/event-outcome.ts';
import { FAILURE_MODES, type FailureMode } from '../../src/domain/failure-modes.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { findSubjects } from '../../src/trace/find-subjects.ts';
import { findNearMatches } from '../../src/trace/near-matches.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { largeTenant } from '../support/large-tenant.ts';

const ITEMS = Number(process.env.LARGE_ITEMS ?? 30_000);
const TENANT = 'large';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await largeTenant(test, TENANT, ITEMS);
});
afterAll(() => test?.drop());

/** How many blocks of 8 KiB the queries of some work look at; what it finds is of no account. */
async function blocksOf(work: (database: Database) => Promise<unknown>): Promise<number> {
  let blocks = 0;
  const database = {
    $queryRaw: async (strings: readonly string[], ...values: unknown[]) => {
      const query = Prisma.sql(strings, ...values);
      const [first = '', ...rest] = query.strings;
      const [{ 'QUERY PLAN': [plan] } = { 'QUERY PLAN': [] }] = await test.database.$queryRaw<
        { 'QUERY PLAN': Explained[] }[]
      >(
        Prisma.raw(['EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ', first].join('')) &&
          new Prisma.Sql([`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${first}`, ...rest], query.values),
      );
      blocks += (plan?.Plan['Shared Hit Blocks'] ?? 0) + (plan?.Plan['Shared Read Blocks'] ?? 0);
      if (process.env.SHOW_PLANS) console.log(plan?.['Execution Time']);
      return [];
    },
  };
  await work(database as unknown as Database);
  return blocks;
}

interface Explained {
  Plan: Record<string, number>;
  'Execution Time': number;
}

const PAGE = { before: undefined, limit: 50 };

describe('in a tenant of many items', () => {
  it.each(EVENT_OUTCOMES)('lists: %s', async (outcome) => {
    console.log(
      outcome,
      await blocksOf((database) => listEvents(database, { tenant: TENANT, outcome }, PAGE)),
    );
    expect(1).toBe(1);
  });
  it.each(Object.keys(FAILURE_MODES) as FailureMode[])('lists: %s', async (failureMode) => {
    console.log(
      failureMode,
      await blocksOf((database) => listEvents(database, { tenant: TENANT, failureMode }, PAGE)),
    );
    expect(1).toBe(1);
  });
  it.each(['acme', 'rare'])('lists of %s', async (supplier) => {
    console.log(
      supplier,
      await blocksOf((database) => listEvents(database, { tenant: TENANT, supplier }, PAGE)),
    );
    expect(1).toBe(1);
  });
  it.each(['DESK-A-000026', 'DEKS-A-000026', 'DESK', 'CHAIR-1', 'large:DESK-B-000001', 'D', '---'])(
    'search: %s',
    async (text) => {
      console.log(text, 'subjects', await blocksOf((database) => findSubjects(database, text, [TENANT])));
      console.log(text, 'near', await blocksOf((database) => findNearMatches(database, text, [TENANT])));
      expect(1).toBe(1);
    },
  );
});
