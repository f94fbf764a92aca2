import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNow } from '../../../src/database/clock.ts';
import { endRun } from '../../../src/feed/run/end-run.ts';
import { requestRun } from '../../../src/feed/run/request-run.ts';
import { listHeardSuppliers } from '../../../src/feed/health/list-heard-suppliers.ts';
import { readLastHeard } from '../../../src/feed/health/last-heard.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { record } from '../../support/record.ts';
import { BY, carryOn, feedOf, handIn, openShop, runFile, TENANT } from '../run/run-world.ts';

const COLUMNS = 'columns: { sku: sku, quantity: quantity, updatedAt: at }\n';
const FILE = 'sku,quantity,at\nA,5,2026-11-20T06:00:00Z\n';
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

const heard = async () => (await readLastHeard(test.as('reader'), [TENANT])).get(`${TENANT}/acme`);
const send = (eventId: string) =>
  record(test.database, TENANT, 'acme', [{ eventId, sku: 'A', quantity: 1, updatedAt: 1n }]);
/** Moves everything so many seconds into the past. */
async function later(seconds: number): Promise<void> {
  await test.sql('UPDATE feed_run SET created_at_us = created_at_us - $1', [seconds * 1e6]);
  await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - $1', [seconds * 1e6]);
}
async function secondsAgo(): Promise<number> {
  return Math.round(Number((await databaseNow(test.database)) - ((await heard())?.at ?? 0n)) / 1e6 / 10) * 10;
}
/** What a source comes to that says this of the state of the same file as before. */
async function fetchedAgain(etag: string | null): Promise<void> {
  const runId = await requestRun(test.as('operator'), {
    tenant: TENANT,
    feed: 'web',
    trigger: 'command',
    by: BY,
  });
  await test.sql(
    `UPDATE feed_run r SET etag = $2, file_digest = (SELECT file_digest FROM feed_run WHERE state = 'completed') WHERE id = $1`,
    [runId, etag],
  );
  await endRun(test.as('worker'), runId, 'unchanged');
}

describe('a supplier', () => {
  it('was never heard from at first', async () => {
    expect(await heard()).toBeUndefined();
    expect(await listHeardSuppliers(test.as('operator'), undefined)).toMatchObject([{ lastHeard: null }]);
  });

  it('is heard from by an event of its own, or by a file, whichever came last', async () => {
    await feedOf(test, 'night', COLUMNS);
    await send('one');
    expect(await heard()).toMatchObject({ by: 'event' });
    await later(600);
    await runFile(test, 'night', FILE);
    expect(await heard()).toMatchObject({ by: 'file' });
    await later(600);
    expect(await secondsAgo()).toBe(600);
    await send('two');
    expect(await heard()).toMatchObject({ by: 'event' });
    expect(await secondsAgo()).toBe(0);
    expect(await listHeardSuppliers(test.as('operator'), TENANT)).toMatchObject([
      { supplier: 'acme', lastHeard: { at: expect.stringMatching(/Z$/), by: 'event' } },
    ]);
  });

  it('is not heard from by the events that a file brings later', async () => {
    await feedOf(test, 'night', COLUMNS);
    const { runId } = await handIn(test, 'night', FILE);
    await later(600);
    expect((await carryOn(test, runId)).events.accepted).toBe(1);
    expect(await heard()).toMatchObject({ by: 'file' });
    expect(await secondsAgo()).toBe(600);
  });

  it('is heard from by a file that is held, cannot be read, or is handed in again', async () => {
    await feedOf(test, 'night', COLUMNS);
    for (const [file, state] of [
      ['sku,quantity,at\n', 'held'],
      [Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'failed'],
      [FILE, 'completed'],
      [FILE, 'unchanged'],
    ] as const) {
      await later(600);
      expect((await runFile(test, 'night', file)).state).toBe(state);
      expect(await secondsAgo()).toBe(0);
    }
  });

  it('is not heard from by a look that found no other file', async () => {
    await feedOf(test, 'web', COLUMNS);
    await runFile(test, 'web', FILE);
    await later(600);
    await feedOf(test, 'web', COLUMNS, '{ http: { url: "https://acme.example/stock" } }');
    const runId = await requestRun(test.as('operator'), {
      tenant: TENANT,
      feed: 'web',
      trigger: 'command',
      by: BY,
    });
    await endRun(test.as('worker'), runId, 'unchanged');
    await fetchedAgain(null);
    expect(await secondsAgo()).toBe(600);
    // Its source says that it was written anew.
    await fetchedAgain('"2"');
    expect(await secondsAgo()).toBe(0);
  });

  it('is not heard from by the end of an old figure', async () => {
    await send('one');
    await later(600);
    await send('two');
    await test.sql(`UPDATE supplier_event SET kind = 'expiry', target_seq = seq WHERE event_id = 'two'`);
    expect(await secondsAgo()).toBe(600);
  });
});
