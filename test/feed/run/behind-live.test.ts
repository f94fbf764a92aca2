import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../../src/domain/time.ts';
import { bringBackDueTimes } from '../../../src/ledger/bring-back-due-times.ts';
import {
  claimFileEvents,
  claimSupplierEvents,
  releaseHeldEvents,
} from '../../../src/ledger/claim-supplier-events.ts';
import { readSignals } from '../../../src/signals/sample-signals.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { record } from '../../support/record.ts';
import { decideAll, feedOf, handIn, openShop, runFile, TENANT } from './run-world.ts';

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
  await feedOf(test, 'night', 'columns: { sku: sku, quantity: qty, updatedAt: at }\n');
});
afterEach(() => test?.drop());

const file = (count: number) =>
  runFile(
    test,
    'night',
    `sku,qty,at\n${Array.from({ length: count }, (_, no) => `FILE-${no},5,2026-06-01T09:59:00Z\n`).join('')}`,
  );
const live = (count: number) =>
  record(
    test.database,
    TENANT,
    'acme',
    Array.from({ length: count }, (_, no) => ({
      ...{ eventId: `live-${no}`, sku: `LIVE-${no}`, quantity: 1, updatedAt: seconds(1_780_000_000) },
    })),
  );
const claim = { worker: 'w', window: 16, limit: 25, leaseSeconds: 60 };
const skus = (claimed: readonly { input: { sku: string } }[]) => claimed.map(({ input }) => input.sku);
const claimLive = async () => skus(await claimSupplierEvents(test.database, { ...claim, share: 16 }));
const claimOfFiles = async (more: object = {}) =>
  skus(await claimFileEvents(test.database, { ...claim, share: 4, ...more }));
const lag = async (laterSeconds = 0) => {
  const [row] = await test.sql<{ now: string }>('SELECT now_us() AS now');
  const samples = await readSignals(test.database, {
    tenants: [TENANT],
    nowUs: BigInt(row?.now ?? 0) + seconds(laterSeconds),
  });
  return samples.find(({ signal, supplier }) => signal === 'queue_lag' && supplier === null);
};

describe('where none of a file wait any more', () => {
  it('looks at the index, though the planner has not heard of it', async () => {
    await file(1_000);
    await test.sql('ANALYZE');
    await test.sql('UPDATE supplier_event SET start_due_us = NULL');
    const client = new pg.Client({ connectionString: test.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query("SELECT * FROM claim_file_events('w', 16, 4, 25, 60000000)");
      expect(rows).toEqual([]);
      const scans = await client.query(
        `SELECT seq_scan, idx_scan > 0 AS by_index FROM pg_stat_xact_user_tables WHERE relname = 'supplier_event'`,
      );
      expect(scans.rows).toEqual([{ seq_scan: '0', by_index: true }]);
    } finally {
      await client.end();
    }
  });
});

describe('the events of a file', () => {
  it('are claimed behind all that came live, and few at a time', async () => {
    await file(10);
    await live(3);
    expect((await claimLive()).toSorted()).toEqual(['LIVE-0', 'LIVE-1', 'LIVE-2']);
    const first = await claimOfFiles();
    expect(first).toHaveLength(4);
    expect(await claimOfFiles()).toEqual([]);
    expect(await claimLive()).toEqual([]);
    const others = await claimOfFiles({ worker: 'another' });
    expect(new Set([...first, ...others]).size).toBe(8);
  });

  it('get nothing of a window that live ones fill', async () => {
    await file(2);
    await live(16);
    expect(await claimLive()).toHaveLength(16);
    expect(await claimOfFiles()).toEqual([]);
  });

  it('move one each half a minute while a file is recorded, and one after the other once one has waited for long', async () => {
    const decideClaimed = () =>
      test.sql(
        `SELECT save_catalog_item(seq, tenant_id || ':' || sku_key(sku), sku_key(sku), NULL) FROM supplier_event
          WHERE started_by IS NOT NULL AND decision IS NULL ORDER BY seq`,
      );
    await file(4);
    const { runId } = await handIn(test, 'night', 'sku,qty,at\n');
    await test.sql(`UPDATE feed_run SET state = 'recording' WHERE id = $1`, [runId]);
    expect(await claimOfFiles()).toHaveLength(1);
    expect(await claimOfFiles({ worker: 'another' })).toEqual([]);
    await decideClaimed();
    expect(await claimOfFiles()).toEqual([]);
    await test.sql('UPDATE supplier_event SET decided_at_us = decided_at_us - 31000000');
    expect(await claimOfFiles()).toHaveLength(1);
    await decideClaimed();
    expect(await claimOfFiles()).toEqual([]);
    await test.sql('UPDATE supplier_event SET start_due_us = start_due_us - 301000000');
    expect(await claimOfFiles()).toHaveLength(1);
    expect(await claimOfFiles()).toEqual([]);
  });

  it('are due like others once their lease has passed without an end', async () => {
    await file(1);
    expect(await claimOfFiles({ leaseSeconds: 0 })).toEqual(['FILE-0']);
    expect(await claimLive()).toEqual(['FILE-0']);
  });

  it('keep their turn when a clock goes back', async () => {
    await file(2);
    await bringBackDueTimes(test.database, 30);
    expect(await claimLive()).toEqual([]);
  });

  it.each([
    [
      'a closed flag',
      async () => {
        await test.sql(`UPDATE supplier SET state = 'closed'`);
        await file(5);
        await decideAll(test);
        await test.sql(`UPDATE supplier SET state = 'open'`);
        await releaseHeldEvents(test.database, 100);
      },
    ],
    [
      'want of an alias',
      async () => {
        await test.sql(`UPDATE tenant SET unknown_skus = 'hold'`);
        await file(5);
        await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - 86400000000');
        await test.sql(`UPDATE tenant SET unknown_skus = 'take'`);
        await test.sql('SELECT release_known_codes($1)', [TENANT]);
      },
    ],
  ])('go on behind live ones after they were held for %s', async (_, holdAndRelease) => {
    await holdAndRelease();
    expect(await lag(60)).toMatchObject({ verdict: 'pass' });
    await live(1);
    expect(await claimLive()).toEqual(['LIVE-0']);
    expect(await claimOfFiles()).toHaveLength(4);
  });

  it('are late when none of them is decided for long, not when there are many', async () => {
    await file(5);
    expect(await lag(60)).toMatchObject({ verdict: 'pass' });
    expect(await lag(120)).toMatchObject({ verdict: 'miss', reason: expect.stringContaining('undecided') });
    await claimOfFiles();
    await test.sql(
      `SELECT save_catalog_item(seq, tenant_id || ':' || sku_key(sku), sku_key(sku), NULL) FROM supplier_event
        WHERE started_by IS NOT NULL ORDER BY seq`,
    );
    await test.sql(
      `UPDATE supplier_event SET received_at_us = received_at_us - 3600000000, decided_at_us = decided_at_us - 50000000`,
    );
    expect((await lag())?.value).toBeLessThan(60);
    expect(await lag(60)).toMatchObject({ verdict: 'miss' });
  });
});
