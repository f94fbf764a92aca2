import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNow } from '../../src/database/clock.ts';
import { seconds } from '../../src/domain/time.ts';
import { approveRun, refuseRun } from '../../src/feed/run/decide-run.ts';
import { endRun } from '../../src/feed/run/end-run.ts';
import { requestRun } from '../../src/feed/run/request-run.ts';
import { pauseFeed } from '../../src/feed/store/pause-feed.ts';
import { readSignals } from '../../src/signals/sample-signals.ts';
import { BY, carryOn, feedOf, openShop, runFile, TENANT } from '../feed/run/run-world.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
const FILE = 'sku,quantity,at\nA,5,2026-11-20T06:00:00Z\n';
const UNREADABLE = Buffer.from([0x1f, 0x8b, 8, 0, 0]);
const DECIDED = { tenant: TENANT, by: { ...BY, reason: 'looked at' } };
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

async function health(supplier: string | null = null, later = 0) {
  const nowUs = (await databaseNow(test.database)) + seconds(later);
  const samples = await readSignals(test.as('worker'), { tenants: [TENANT], nowUs });
  const found = samples.find((one) => one.signal === 'feed_health' && one.supplier === supplier);
  if (!found) throw new Error(`no reading of ${supplier}`);
  return found;
}
const verdict = async (later = 0) => (await health(null, later)).verdict;
const pause = (paused: boolean) =>
  pauseFeed(test.as('operator'), { tenant: TENANT, feed: 'night', paused, by: BY });
/** A look at a source: what a run that fetches comes to, without the source. */
async function look(state: 'unchanged' | 'failed', failure?: string): Promise<void> {
  const runId = await requestRun(test.as('operator'), {
    tenant: TENANT,
    feed: 'night',
    trigger: 'command',
    by: BY,
  });
  await endRun(test.as('worker'), runId, state, failure);
}
const FOLDER = '{ folder: { path: in } }';

describe('feed health', () => {
  it('passes without feeds, and says so', async () => {
    const none = { verdict: 'pass', value: 1, of: 0, reason: 'There is no feed, so no file is waited for.' };
    expect(await health()).toMatchObject(none);
    expect(await health('acme')).toMatchObject(none);
  });

  it('says nothing of a closed tenant', async () => {
    await feedOf(test, 'night', COLUMNS);
    await test.sql(`UPDATE tenant SET state = 'closed'`);
    expect(await health()).toMatchObject({ verdict: 'inconclusive', value: null });
  });

  it('misses while a run is held, with its reasons, and passes after it was refused', async () => {
    await feedOf(test, 'night', COLUMNS);
    await feedOf(test, 'day', COLUMNS);
    const held = await runFile(test, 'night', 'sku,quantity,at\n');
    expect(held.state).toBe('held');
    for (const supplier of [null, 'acme']) {
      const missed = await health(supplier);
      expect(missed).toMatchObject({ verdict: 'miss', value: 0.5, of: 2 });
      expect(missed.reason).toMatch(
        new RegExp(
          `^1 feed of 2 is not well\\. night: the run ${held.runId} is held since .*feed_held.*\\.$`,
        ),
      );
      expect(missed.reason).toContain(held.reasons[0]?.reason);
    }
    await refuseRun(test.as('operator'), { ...DECIDED, runId: held.runId });
    expect(await health()).toMatchObject({ verdict: 'pass', value: 1, of: 2 });
  });

  it('passes after a held run was approved', async () => {
    await feedOf(test, 'night', `${COLUMNS}guards: { fewest: 2 }\n`);
    const held = await runFile(test, 'night', FILE);
    expect(await verdict()).toBe('miss');
    await approveRun(test.as('operator'), { ...DECIDED, runId: held.runId });
    expect((await carryOn(test, held.runId)).state).toBe('completed');
    expect(await verdict()).toBe('pass');
  });

  it('misses after a file that cannot be read, until one came that can', async () => {
    await feedOf(test, 'night', COLUMNS, FOLDER);
    expect((await runFile(test, 'night', UNREADABLE)).state).toBe('failed');
    expect(await health()).toMatchObject({
      verdict: 'miss',
      reason: expect.stringContaining('(feed_unreadable)'),
    });
    // That there is no other file does not make that one readable.
    await look('unchanged');
    expect(await verdict()).toBe('miss');
    expect((await runFile(test, 'night', FILE)).state).toBe('completed');
    expect(await verdict()).toBe('pass');
  });

  it('misses after a source did not answer, until it does, if only to say that there is nothing new', async () => {
    await feedOf(test, 'night', COLUMNS, FOLDER);
    await look('failed', 'files.acme.example does not answer');
    expect((await health()).reason).toContain(
      'failed (feed_unreadable): files.acme.example does not answer.',
    );
    await look('unchanged');
    expect(await verdict()).toBe('pass');
  });

  it('does not take a cancelled run for a healed one', async () => {
    await feedOf(test, 'night', COLUMNS);
    await runFile(test, 'night', UNREADABLE);
    const runId = await requestRun(test.as('operator'), {
      tenant: TENANT,
      feed: 'night',
      trigger: 'upload',
      by: BY,
    });
    await endRun(test.as('worker'), runId, 'cancelled');
    expect(await verdict()).toBe('miss');
  });

  it('misses from when a supplier is silent, and passes once it is heard from', async () => {
    await feedOf(test, 'night', `${COLUMNS}expected: 26h\n`);
    await runFile(test, 'night', FILE);
    const time = 26 * 3600;
    expect(await verdict(time - 60)).toBe('pass');
    const silent = await health(null, time + 1);
    expect(silent).toMatchObject({ verdict: 'miss', value: 0, of: 1 });
    expect(silent.reason).toMatch(
      /night: acme was last heard from 1 day 2 h ago, and it is expected within 1 day 2 h \(supplier_silent\)\.$/,
    );
    await test.sql(`UPDATE feed_run SET created_at_us = created_at_us - $1`, [seconds(time + 1)]);
    await test.sql(`UPDATE feed SET created_at_us = created_at_us - $1`, [seconds(2 * time)]);
    expect(await verdict()).toBe('miss');
    await runFile(test, 'night', `${FILE}B,1,2026-11-20T06:00:00Z\n`);
    expect(await verdict()).toBe('pass');
  });

  it('goes by the time that the current version of the feed says', async () => {
    await feedOf(test, 'night', `${COLUMNS}expected: 26h\n`);
    expect(await verdict(7200)).toBe('pass');
    await feedOf(test, 'night', `${COLUMNS}expected: 1h\n`);
    expect(await verdict(7200)).toBe('miss');
    await feedOf(test, 'night', COLUMNS);
    expect(await verdict(7200)).toBe('pass');
  });

  it('takes an event of the supplier for a sign of life', async () => {
    await feedOf(test, 'night', `${COLUMNS}expected: 1h\n`);
    await test.sql(`UPDATE feed SET created_at_us = created_at_us - $1`, [seconds(7200)]);
    expect(await verdict()).toBe('miss');
    await record(test.database, TENANT, 'acme', [{ eventId: 'e', sku: 'A', quantity: 1, updatedAt: 1n }]);
    expect(await verdict()).toBe('pass');
  });

  it('waits for nothing of a paused feed, and after its pause from then on', async () => {
    await feedOf(test, 'night', `${COLUMNS}expected: 1h\n`);
    await runFile(test, 'night', UNREADABLE);
    await test.sql(`UPDATE feed_run SET created_at_us = created_at_us - $1`, [seconds(7200)]);
    await test.sql(`UPDATE feed SET created_at_us = created_at_us - $1`, [seconds(7200)]);
    expect((await health()).reason).toMatch(/feed_unreadable.*supplier_silent/);
    await pause(true);
    expect(await verdict()).toBe('pass');
    const held = await runFile(test, 'night', 'sku,quantity,at\n');
    expect(await verdict()).toBe('miss');
    await refuseRun(test.as('operator'), { ...DECIDED, runId: held.runId });
    await pause(false);
    expect(await verdict(3000)).toBe('pass');
    expect(await verdict(3700)).toBe('miss');
  });

  it("leaves a closed supplier's feeds out of the tenant's reading, not out of its own", async () => {
    await test.database.supplier.create({ data: { tenantId: TENANT, id: 'bolt', state: 'closed' } });
    await feedOf(test, 'night', COLUMNS);
    await test.sql(`UPDATE feed SET supplier_id = 'bolt'`);
    await runFile(test, 'night', UNREADABLE);
    expect(await health()).toMatchObject({ verdict: 'pass', of: 0 });
    expect(await health('bolt')).toMatchObject({ verdict: 'miss', of: 1 });
    expect(await health('acme')).toMatchObject({ verdict: 'pass', of: 0 });
  });

  it('is inconclusive while the clock is behind what was heard last', async () => {
    await feedOf(test, 'night', `${COLUMNS}expected: 1h\n`);
    await runFile(test, 'night', FILE);
    expect(await health(null, -3600)).toMatchObject({
      verdict: 'inconclusive',
      value: null,
      reason: expect.stringContaining("The database's clock has gone back"),
    });
  });

  it('reads each tenant for itself', async () => {
    await openTenant(test.database, 'other', ['acme']);
    await feedOf(test, 'night', COLUMNS);
    await runFile(test, 'night', UNREADABLE);
    const samples = await readSignals(test.as('worker'), { tenants: ['other', TENANT] });
    expect(
      samples
        .filter(({ signal }) => signal === 'feed_health')
        .map((one) => [one.tenant, one.supplier, one.verdict]),
    ).toEqual([
      ['other', null, 'pass'],
      ['other', 'acme', 'pass'],
      [TENANT, null, 'miss'],
      [TENANT, 'acme', 'miss'],
    ]);
  });
});
