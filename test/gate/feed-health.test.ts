import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseNow } from '../../src/database/clock.ts';
import { seconds } from '../../src/domain/time.ts';
import { refuseRun } from '../../src/feed/run/decide-run.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { sampleTenants } from '../../src/gate/sample-tenants.ts';
import { DEFAULT_GATE_SETTINGS, pauseAfter } from '../../src/gate/settings.ts';
import { readWatches } from '../../src/gate/watch-rows.ts';
import { widenSupplier } from '../../src/gate/widen-supplier.ts';
import { BY, feedOf, runFile, TENANT } from '../feed/run/run-world.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { closedTenant, command, confirmAll, refusalOf, samplesSay, settings } from './launch.ts';
import { busySupplier } from './published-event.ts';

const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
const EMPTY = 'sku,quantity,at\n';
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await closedTenant(test.database, TENANT, ['acme', 'globex']);
  await confirmAll(test.database, TENANT);
  await openCanary(test.database, { ...(await command(test.database, TENANT)), suppliers: ['acme'] });
  await busySupplier(test, { tenant: TENANT, supplier: 'acme' });
});
afterAll(() => test?.drop());

const refuse = (runId: string) =>
  refuseRun(test.as('operator'), { tenant: TENANT, runId, by: { ...BY, reason: 'it is empty' } });
const watch = async () => (await readWatches(test.database, TENANT)).find(({ supplier }) => supplier === '');
const widen = async () =>
  refusalOf(
    widenSupplier(test.database, settings, { ...(await command(test.database, TENANT)), supplier: 'globex' }),
  );

describe('the gate', () => {
  it('begins its watch anew while a file is held, opens nothing, and goes on once somebody has decided', async () => {
    const start = await databaseNow(test.database);
    const sample = async (after: number) => {
      const nowUs = start + seconds(after);
      await sampleTenants(test.database, [TENANT], { settings, nowUs });
      const status = await readGate(test.database, TENANT, { nowUs });
      return {
        verdict: status?.verdict,
        signal: status?.signals.find(({ signal }) => signal === 'feed_health'),
        toWiden: status?.toWiden.map(({ condition }) => condition),
      };
    };
    expect(await sample(0)).toMatchObject({
      verdict: 'pass',
      signal: { verdict: 'pass', valueText: '100.00 %' },
    });
    await sample(10);
    expect(await watch()).toMatchObject({ watched: seconds(10) });
    await feedOf(test, 'night', COLUMNS);
    const held = await runFile(test, 'night', EMPTY);
    expect(held.state).toBe('held');
    const missed = await sample(20);
    expect(missed).toMatchObject({
      verdict: 'miss',
      signal: {
        ...{ verdict: 'miss', owner: 'Platform', onMiss: 'stop', valueText: '0.00 %', target: '100 %' },
        ...{
          reason: expect.stringContaining('feed_held'),
          whatToDo: expect.stringContaining('feed approve'),
        },
        suppliers: [
          { supplier: 'acme', verdict: 'miss' },
          { supplier: 'globex', verdict: 'pass' },
        ],
      },
    });
    expect(missed.toWiden).toContain('signal_feed_health');
    expect(await watch()).toMatchObject({ watched: 0n, lastMiss: { signal: 'feed_health' } });
    await refuse(held.runId);
    expect(await sample(30)).toMatchObject({ verdict: 'pass' });
    await sample(40);
    expect(await watch()).toMatchObject({ watched: seconds(10), verdict: 'pass' });
  });

  it('does not widen to a supplier whose own feed is not well', async () => {
    const now = await databaseNow(test.database);
    await samplesSay(test.database, TENANT);
    await test.database.signalSample.createMany({
      data: {
        ...{
          tenantId: TENANT,
          supplierId: 'globex',
          signal: 'feed_health',
          value: 0,
          verdict: 'miss',
          reason: 'held.',
        },
        sampledAtUs: (await test.database.signalSample.findFirstOrThrow({ orderBy: { id: 'desc' } }))
          .sampledAtUs,
      },
    });
    expect(await widen()).toContain('signal_feed_health');
    await samplesSay(test.database, TENANT, {}, now + seconds(5));
    expect(await widen()).not.toContain('signal_feed_health');
  });
});

describe('a sample', () => {
  it('is begun so often that what has its time is seen within a minute, as long as a round may take', () => {
    const longest = 10;
    const took = [0.1, 1, 5, longest];
    for (const round of took) {
      const pause = pauseAfter(DEFAULT_GATE_SETTINGS, round * 1000) / 1000;
      // It may have its time just after one round has read the clock, and be read at the end of the next.
      expect(round + pause + longest).toBeLessThanOrEqual(60);
    }
  });

  it('is followed by a pause even where it takes longer than the pause between two', () => {
    expect(pauseAfter({ sampleSeconds: 4 }, 60_000)).toBe(1_000);
  });
});
