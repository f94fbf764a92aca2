import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUnknownSkuGauges } from '../../src/aliases/unknown-sku-gauges.ts';
import { readChangeRows } from '../../src/changes/read-change-rows.ts';
import { readHead } from '../../src/changes/read-head.ts';
import type { Database } from '../../src/database/client.ts';
import { forTenant } from '../../src/database/for-tenant.ts';
import { EVENT_OUTCOMES } from '../../src/domain/event-outcome.ts';
import { FAILURE_MODES, type FailureMode } from '../../src/domain/failure-modes.ts';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { findSubjects } from '../../src/trace/find-subjects.ts';
import { findNearMatches } from '../../src/trace/near-matches.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { largeTenant } from '../support/large-tenant.ts';

/** LARGE_ITEMS=150000 is the size that docs/performance.md speaks of. */
const ITEMS = Number(process.env.LARGE_ITEMS ?? 20_000);
const TENANT = 'large';
const PAGE = { before: undefined, limit: 30 };
/** Of 8 KiB; the ledger alone has more than a thousand. To know what one event is now takes some twenty looks, mostly at the same few. */
const FEW_BLOCKS = 800;

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await largeTenant(test, TENANT, ITEMS);
});
afterAll(() => test?.drop());

interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
}

/** What the queries of some work look at: so many blocks, by these indexes. What they find is of no account. */
async function lookedAt(
  work: (database: Database) => Promise<unknown>,
  through: Pick<Database, '$queryRaw'> = test.database,
): Promise<{ blocks: number; indexes: Set<string> }> {
  const found = { blocks: 0, indexes: new Set<string>() };
  const visit = (node: Node): void => {
    if (node['Index Name'] !== undefined) found.indexes.add(node['Index Name']);
    for (const inner of node.Plans ?? []) visit(inner);
  };
  const $queryRaw = async (text: readonly string[], ...values: unknown[]): Promise<[]> => {
    const { strings, values: given } = Prisma.sql(text, ...values);
    const [first = '', ...rest] = strings;
    const explain = new Prisma.Sql([`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${first}`, ...rest], given);
    const rows = await through.$queryRaw<{ 'QUERY PLAN': { Plan: Node }[] }[]>(explain);
    for (const { Plan: plan } of rows.flatMap((row) => row['QUERY PLAN'])) {
      found.blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
      visit(plan);
    }
    return [];
  };
  await work({ $queryRaw } as unknown as Database);
  return found;
}

describe('a list of a large tenant looks at a few blocks only', () => {
  // Superseded ones are not known from their rows: here, where all that is new has won, half the ledger is looked at.
  it.each(EVENT_OUTCOMES.filter((outcome) => outcome !== 'superseded'))('of outcome %s', async (outcome) => {
    const { blocks } = await lookedAt((database) => listEvents(database, { tenant: TENANT, outcome }, PAGE));
    expect(blocks).toBeLessThan(FEW_BLOCKS);
  });

  // Whether an event can be traced is found out by tracing it.
  const modes = (Object.keys(FAILURE_MODES) as FailureMode[]).filter((mode) => mode !== 'untraceable_event');
  it.each(modes)('of failure mode %s', async (failureMode) => {
    const { blocks } = await lookedAt((database) =>
      listEvents(database, { tenant: TENANT, failureMode }, PAGE),
    );
    expect(blocks).toBeLessThan(FEW_BLOCKS);
  });

  it.each(['acme', 'rare'])('of the supplier %s', async (supplier) => {
    const { blocks } = await lookedAt((database) => listEvents(database, { tenant: TENANT, supplier }, PAGE));
    expect(blocks).toBeLessThan(FEW_BLOCKS);
  });
});

it('what waits for an alias is counted for whoever watches by an index of its own', async () => {
  const { blocks, indexes } = await lookedAt(readUnknownSkuGauges);
  expect(indexes).toContain('supplier_event_unknown');
  expect(blocks).toBeLessThan(FEW_BLOCKS);
});

describe('a search in a large tenant', () => {
  it.each(['DESK-A-000026', 'DEKS-A-000026', 'DESK', 'CHAIR-1', 'large:DESK-B-000001'])(
    'for %s looks at a few blocks, and near matches by their index',
    async (text) => {
      const { blocks } = await lookedAt((database) => findSubjects(database, text, [TENANT]));
      expect(blocks).toBeLessThan(FEW_BLOCKS);
      const near = await lookedAt((database) => findNearMatches(database, text, [TENANT]));
      expect(near.indexes).toContain('catalog_item_alike');
    },
  );

  it('finds what was mistyped, what goes on, and what goes less far', async () => {
    const near = (text: string) => findNearMatches(test.database, text, [TENANT]);
    expect(await near('DEKS-A-000026')).toContain('large:DESK-A-000026');
    expect(await near('DESK-A-00026')).toContain('large:DESK-A-000026');
    expect(await near('ESK-A-000026')).toContain('large:DESK-A-000026');
    expect((await near('DESK-A-0000'))[0]).toBe('large:DESK-A-000026');
    expect((await near('DESK-A-000026-XL'))[0]).toBe('large:DESK-A-000026');
    expect(await near('SOFA')).toEqual([]);
  });

  it.each(['DESK-A-000026', 'DEKS-A-000026', 'DESK', 'CHAIR-1'])(
    'for %s by somebody who sees that tenant only does so, too',
    async (text) => {
      const own = forTenant(test.pools().reads, TENANT);
      const { blocks } = await lookedAt((database) => findSubjects(database, text, [TENANT]), own);
      const near = await lookedAt((database) => findNearMatches(database, text, [TENANT]), own);
      expect(blocks).toBeLessThan(FEW_BLOCKS);
      expect(near.indexes).toContain('catalog_item_alike');
    },
  );
});

describe('the change feed of a large tenant', () => {
  const place = { changeNo: 0n, itemId: `${TENANT}:DESK-M-000012`, version: 1 };
  const through = { all: () => test.pools().reads, one: () => forTenant(test.pools().reads, TENANT) };

  it.each(['all', 'one'] as const)('is read by a range of its index, for a token of %s', async (whose) => {
    const { blocks, indexes } = await lookedAt(
      (database) => readChangeRows(database, { tenant: TENANT, place, below: 1n, limit: 100 }),
      through[whose](),
    );
    expect([...indexes]).toEqual(['catalog_item_version_changes', 'supplier_event_pkey']);
    expect(blocks).toBeLessThan(FEW_BLOCKS);
  });

  it('has its head at the end of the index', async () => {
    const { blocks, indexes } = await lookedAt(
      (database) => readHead(database, TENANT).catch(() => undefined),
      through.all(),
    );
    expect(indexes).toContain('catalog_item_version_changes');
    expect(blocks).toBeLessThan(20);
  });
});

describe('with a backlog of as many events as items', () => {
  beforeAll(async () => {
    // PostgreSQL makes its plans while nothing waits, and keeps them.
    for (let no = 0; no < 7; no += 1) {
      await lookedAt(
        (database) =>
          database.$queryRaw`SELECT take_due(ARRAY[${TENANT}], ARRAY[2], 2, 0, 1, false, true), rank_events('{}'),
                                    awaits_newer(${TENANT}, ${`${TENANT}:DESK-000001`}, 1::bigint),
                                    claim_supplier_events('w', 16, 2, 60000000)`,
      );
    }
    // As intake would: by an order of arrival that is none of the items', with five events an item.
    await test.sql(`
      BEGIN;
      SET LOCAL session_replication_role = replica;
      CREATE TEMP TABLE made ON COMMIT DROP AS
        SELECT n, (SELECT max(seq) FROM supplier_event) + n AS seq, 'DESK-' || lpad((n % ${ITEMS / 5})::text, 6, '0') AS sku
          FROM generate_series(1, ${ITEMS}) n;
      INSERT INTO supplier_event (seq, tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, digest,
                                  workflow_id, start_due_us)
      SELECT seq, '${TENANT}', 'acme', 'due/' || n, sku, 1, now_us() + n, now_us() - 1000000 + n, event_digest(sku, 1, 1),
             'sync:${TENANT}:acme:due/' || n, now_us() - 1000000 + n FROM made;
      COMMIT;
      SELECT setval('supplier_event_seq_seq', (SELECT max(seq) FROM supplier_event));
      SELECT rank_events(ARRAY(SELECT seq FROM supplier_event WHERE event_id LIKE 'due/%'))`);
  });

  it.each(['', 'north'])(
    'an event at the location "%s" has its rank after a few blocks',
    async (location) => {
      for (const rule of ['newest', 'sum']) {
        await setStockRule(rule);
        const [found] = await test.sql<{ seq: string }>(
          `UPDATE supplier_event SET location = $1 WHERE event_id = 'due/77' RETURNING seq`,
          [location],
        );
        const rank = () =>
          lookedAt(
            (database) => database.$queryRaw`SELECT rank_events(ARRAY[${BigInt(found?.seq ?? 0)}::bigint])`,
          );
        // The first call of a connection reads the catalog, too.
        await rank();
        const { blocks } = await rank();
        expect(blocks).toBeLessThan(100);
      }
      await setStockRule('newest');
    },
  );

  it('what a claim takes is found by indexes', async () => {
    // Planned anew in its first calls, as the backlog's beginning moves on: the catalog is read, too.
    await takeTwo();
    const { blocks } = await takeTwo();
    expect(blocks).toBeLessThan(200);
  });

  it('so is whose turn it is', async () => {
    const claim = () =>
      lookedAt((database) => database.$queryRaw`SELECT claim_supplier_events('w', 1000, 2, 60000000)`);
    await claim();
    const { blocks } = await claim();
    expect(blocks).toBeLessThan(ITEMS / 10);
  });

  it('what is asked before a version is told is found by an index', async () => {
    const ask = () =>
      lookedAt(
        (database) =>
          database.$queryRaw`SELECT awaits_newer(${TENANT}, ${`${TENANT}:DESK-000001`}, 1::bigint)`,
      );
    await ask();
    const { blocks } = await ask();
    expect(blocks).toBeLessThan(60);
  });

  const takeTwo = () =>
    lookedAt(
      (database) =>
        database.$queryRaw`SELECT take_due(ARRAY[${TENANT}], ARRAY[2], 2, 0, now_us(), false, true)`,
    );
  const setStockRule = (rule: string) =>
    test.sql(
      `WITH r AS (INSERT INTO stock_rule (tenant_id, rule) VALUES ('${TENANT}', $1) RETURNING id)
       UPDATE tenant SET stock_rule_id = CASE WHEN $1 = 'newest' THEN 0 ELSE r.id END FROM r WHERE tenant.id = '${TENANT}'`,
      [rule],
    );
});
