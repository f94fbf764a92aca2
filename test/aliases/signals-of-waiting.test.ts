import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignalName } from '../../src/domain/signals.ts';
import { readSignals } from '../../src/signals/sample-signals.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { alias, arrive, events, figures, onUnknown, TENANT } from './alias-world.ts';

const SIGNALS = ['queue_lag', 'stale_items', 'trace_coverage'] as const satisfies SignalName[];
const DAYS = 2n * 86_400_000_000n;
let test: TestDatabase;
let now: bigint;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, TENANT, ['acme']);
  await onUnknown(test, 'hold');
  await arrive(test, 'old', ['4711', 3]);
  await test.sql(
    `UPDATE supplier_event SET received_at_us = received_at_us - ${DAYS}, held_at_us = held_at_us - ${DAYS}`,
  );
  await arrive(test, 'new', ['4711', 4, 2n]);
  const [row] = await test.sql<{ now: string }>('SELECT now_us() AS now');
  now = BigInt(row?.now ?? 0);
});
afterAll(() => test?.drop());

/** Of the whole tenant, so many seconds from now. */
async function read(seconds: number): Promise<Record<string, [string, number | null]>> {
  const at = now + BigInt(seconds) * 1_000_000n;
  const samples = await readSignals(test.database, { tenants: [TENANT], nowUs: at });
  return Object.fromEntries(
    samples
      .filter(({ supplier, signal }) => supplier === null && SIGNALS.some((name) => name === signal))
      .map(({ signal, verdict, of }) => [signal, [verdict, of]]),
  );
}

it('what waits for an alias is no miss, however long it waits, and counts from when it has one', async () => {
  const none = {
    queue_lag: ['inconclusive', 0],
    stale_items: ['inconclusive', 0],
    trace_coverage: ['inconclusive', 0],
  };
  expect(await read(600)).toEqual(none);
  expect((await alias(test, ['4711 CHAIR'])).released).toBe(2);
  expect(await read(60)).toMatchObject({ queue_lag: ['pass', 2] });
  expect(await read(200)).toMatchObject({ queue_lag: ['miss', 2], trace_coverage: ['miss', 2] });
  expect(await figures(test)).toEqual({ CHAIR: 4 });
  expect((await events(test)).map(({ gap }) => gap)).toEqual([null, null]);
});
