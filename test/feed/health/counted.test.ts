import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNow } from '../../../src/database/clock.ts';
import { countFeedFailures } from '../../../src/feed/health/count-feed-failures.ts';
import { readFeedGauges } from '../../../src/feed/health/feed-gauges.ts';
import { refuseRun } from '../../../src/feed/run/decide-run.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { BY, feedOf, openShop, runFile, TENANT } from '../run/run-world.ts';

const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
const EMPTY = 'sku,quantity,at\n';
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
  await openTenant(test.database, 'other', ['bolt']);
});
afterEach(() => test?.drop());

const counts = async (since = 0n) => {
  const counted = await countFeedFailures(test.as('reader'), TENANT, since);
  return [counted.feed_held.count, counted.feed_unreadable.count, counted.supplier_silent.count];
};
const gauges = () => readFeedGauges(test.as('reader'));

describe('what is not well with feeds', () => {
  it('is nothing where there are none', async () => {
    expect(await counts()).toEqual([0, 0, 0]);
    expect(await gauges()).toEqual([]);
  });

  it('is counted by mode, and by supplier for whoever watches from outside', async () => {
    await feedOf(test, 'night', COLUMNS);
    await feedOf(test, 'day', `${COLUMNS}expected: 1h\n`);
    const none = { feed_held: 0, feed_unreadable: 0, supplier_silent: 0 };
    expect(await gauges()).toEqual([{ tenant: TENANT, supplier: 'acme', failing: none }]);
    const held = await runFile(test, 'night', EMPTY);
    await runFile(test, 'day', Buffer.from([0x1f, 0x8b, 8, 0, 0]));
    const failing = { feed_held: 1, feed_unreadable: 1, supplier_silent: 0 };
    expect(await gauges()).toEqual([{ tenant: TENANT, supplier: 'acme', failing }]);
    expect(await counts()).toEqual([1, 1, 0]);
    await test.sql('UPDATE feed_run SET created_at_us = created_at_us - 7200000000');
    await test.sql('UPDATE feed SET created_at_us = created_at_us - 7200000000');
    expect(await gauges()).toMatchObject([{ failing: { ...failing, supplier_silent: 1 } }]);
    const hourAgo = (await databaseNow(test.database)) - 3_600_000_000n;
    // What is held now is counted, however old it is.
    expect(await counts(hourAgo)).toEqual([1, 0, 1]);
    await refuseRun(test.as('operator'), {
      ...{ tenant: TENANT, runId: held.runId },
      by: { ...BY, reason: 'it is empty' },
    });
    expect(await counts(hourAgo)).toEqual([0, 0, 1]);
    expect(await counts()).toEqual([1, 1, 1]);
    await test.sql(`UPDATE tenant SET state = 'closed'`);
    expect(await gauges()).toEqual([]);
  });

  it('is exported', async () => {
    const metrics = createMetrics();
    await feedOf(test, 'night', COLUMNS);
    await runFile(test, 'night', EMPTY);
    metrics.observeFeeds(gauges);
    const { text } = await metrics.scrape();
    expect(text.split('\n').filter((line) => line.startsWith('catalog_sync_feeds_failing{'))).toEqual([
      'catalog_sync_feeds_failing{tenant="shop",supplier="acme",failure_mode="feed_held"} 1',
      'catalog_sync_feeds_failing{tenant="shop",supplier="acme",failure_mode="feed_unreadable"} 0',
      'catalog_sync_feeds_failing{tenant="shop",supplier="acme",failure_mode="supplier_silent"} 0',
    ]);
    await metrics.close();
  });
});
