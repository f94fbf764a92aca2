import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readUnknownSkuGauges } from '../../src/aliases/unknown-sku-gauges.ts';
import { databaseNow } from '../../src/database/clock.ts';
import { forTenant } from '../../src/database/for-tenant.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { countFailureModes } from '../../src/ledger/count-failure-modes.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { alias, arrive, BY, decideDue, onUnknown, TENANT } from './alias-world.ts';

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, TENANT, ['acme', 'globex']);
  await onUnknown(test, 'hold');
});
afterEach(() => test?.drop());

/** As a viewer of the tenant sees it. */
async function counted(since = 0n) {
  const modes = await countFailureModes(forTenant(test.pools().reads, TENANT), TENANT, since);
  return modes.find(({ failureMode }) => failureMode === 'unknown_sku');
}

async function listed(): Promise<string[]> {
  const own = forTenant(test.pools().reads, TENANT);
  const page = { before: undefined, limit: 10 };
  const events = await listEvents(own, { tenant: TENANT, failureMode: 'unknown_sku' }, page);
  expect(
    events.every(({ failureMode, outcome }) => failureMode === 'unknown_sku' && outcome === 'held'),
  ).toBe(true);
  return events.map(({ eventId }) => eventId);
}

const gauges = () => readUnknownSkuGauges(test.as('reader'));

describe('events that wait for an alias', () => {
  it('are counted and listed while they wait, however old they are, and no longer once they are mapped', async () => {
    expect(await counted()).toEqual({ failureMode: 'unknown_sku', count: 0, lastSeenAt: null });
    expect(await gauges()).toEqual([]);
    await arrive(test, 'e-1', ['4711', 3]);
    await arrive(test, 'e-2', ['4711', 4, 2n]);
    await arrive(test, 'e-3', ['0815', 5]);
    await arrive(test, 'g-1', ['4711', 6], 'globex');
    const last = await test.database.supplierEvent.findFirstOrThrow({ where: { eventId: 'g-1' } });
    const later = (await databaseNow(test.database)) + 1n;
    expect(await counted(later)).toMatchObject({ count: 4, lastSeenAt: last.receivedAtUs });
    expect(await listed()).toEqual(['g-1', 'e-3', 'e-2', 'e-1']);
    expect(await gauges()).toEqual([
      { tenant: TENANT, supplier: 'acme', events: 3 },
      { tenant: TENANT, supplier: 'globex', events: 1 },
    ]);

    await alias(test, ['4711 CHAIR 12']);
    expect([(await counted())?.count, await listed()]).toEqual([2, ['g-1', 'e-3']]);
    await decideDue(test);
    await alias(test, ['4711 CHAIR'], { supplier: 'globex' });
    await alias(test, ['0815 DESK']);
    await decideDue(test);
    expect(await counted()).toEqual({ failureMode: 'unknown_sku', count: 0, lastSeenAt: null });
    expect([await listed(), await gauges()]).toEqual([[], []]);
  });

  it('are so by a factor that makes too much, whatever their tenant says of codes', async () => {
    await onUnknown(test, 'take');
    await alias(test, ['4711 CHAIR 1000000']);
    await arrive(test, 'e-1', ['4711', 3_000]);
    expect([(await counted())?.count, await listed()]).toEqual([1, ['e-1']]);
    await alias(test, ['4711 CHAIR 12']);
    expect([(await counted())?.count, await gauges()]).toEqual([0, []]);
  });

  it('are not so once they are void, nor watched of a closed tenant', async () => {
    await arrive(test, 'e-1', ['4711', 3]);
    await arrive(test, 'e-2', ['4711', 4]);
    await voidEvent(test.as('operator'), {
      ...{ tenant: TENANT, supplier: 'acme', eventId: 'e-1', actor: 'ann', reason: 'no article of ours' },
    });
    expect([(await counted())?.count, await listed()]).toEqual([1, ['e-2']]);
    await changeTenant(test.as('operator'), { tenant: TENANT, state: 'closed', ...BY });
    expect([(await counted())?.count, await gauges()]).toEqual([1, []]);
  });

  it('are exported by supplier, until there are none', async () => {
    const metrics = createMetrics();
    const exported = async () =>
      (await metrics.scrape()).text.split('\n').filter((line) => line.startsWith('catalog_sync_unknown_sku'));
    metrics.observeUnknownSkus(gauges);
    await arrive(test, 'e-1', ['4711', 3]);
    expect(await exported()).toEqual(['catalog_sync_unknown_sku_events{tenant="shop",supplier="acme"} 1']);
    await alias(test, ['4711 CHAIR']);
    expect(await exported()).toEqual([]);
    await metrics.close();
  });
});
