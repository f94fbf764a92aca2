import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkReplay } from '../../src/replay/check-replay.ts';
import { ReplayRefused } from '../../src/replay/replay-refused.ts';
import { readReplayStatus } from '../../src/replay/replay-status.ts';
import { requestReplay } from '../../src/replay/request-replay.ts';
import { endReplay, prepareReplayPage } from '../../src/replay/replay-rows.ts';
import { databaseNow } from '../../src/database/clock.ts';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { live, LONG_AGO } from './history.ts';

const CUTOFF = LONG_AGO + 1_000_000_000n;
let db: TestDatabase;
let tenant: string;
let tenants = 0;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

/** A tenant with old events of one item, `count` of them. */
async function fill(count = 10): Promise<void> {
  tenants += 1;
  tenant = `t-${tenants}`;
  await openTenant(db.database, tenant, ['acme']);
  await live(
    db,
    tenant,
    Array.from({ length: count }, (_, no) => ({
      does: 'arrive' as const,
      sku: 'CHAIR',
      event: { supplier: 'acme', eventId: `e-${no}`, quantity: no, updatedAt: 1_000n + BigInt(no) },
      old: true,
      answer: 'accepted' as const,
    })),
  );
}

const prune = () => pruneTenant(db.as('pruner'), { tenant, cutoff: CUTOFF, actor: 'test' });
const windowOf = async (by: 'received_at' | 'updated_at', since: bigint, until: bigint) => ({
  ...{ tenant, by, since, until },
  asOf: await databaseNow(db.database),
});
const start = async (by: 'received_at' | 'updated_at', since: bigint, until: bigint) =>
  requestReplay(db.database, { ...(await windowOf(by, since, until)), eventsTotal: 0, requestedBy: 'test' });

describe('a replay', () => {
  it('of a window that reaches into what was pruned is refused, and said where it may begin', async () => {
    await fill();
    expect((await prune()).events).toBe(8);
    const [run] = await db.database.pruneRun.findMany({ where: { tenantId: tenant } });
    const { receivedMaxUs: last, receivedMinUs: first } = run as {
      receivedMaxUs: bigint;
      receivedMinUs: bigint;
    };
    const inside = await windowOf('received_at', 0n, CUTOFF);
    await expect(checkReplay(db.database, inside)).rejects.toThrow(ReplayRefused);
    await expect(checkReplay(db.database, inside)).rejects.toThrow(
      /^The window reaches into what was pruned: events received from .* to .*\nhave left the ledger \(prune \d+ on .*; kept in no archive\)\. Let it begin after /,
    );
    await expect(start('received_at', last, CUTOFF)).rejects.toThrow(ReplayRefused);
    expect(await checkReplay(db.database, await windowOf('received_at', last + 1n, CUTOFF))).toBe(2);
    expect(await checkReplay(db.database, await windowOf('received_at', 0n, first))).toBe(0);
    await expect(checkReplay(db.database, await windowOf('updated_at', 1_007n, 2_000n))).rejects.toThrow(
      'updated from',
    );
    expect(await checkReplay(db.database, await windowOf('updated_at', 1_008n, 2_000n))).toBe(2);
  });

  it('that runs keeps the events of its window; once it has ended and is old, its rows go and its counts stay', async () => {
    await fill();
    const id = await start('received_at', LONG_AGO, CUTOFF);
    expect((await prune()).events).toBe(0);
    await prepareReplayPage(db.database, id, undefined);
    await endReplay(db.database, id, 'cancelled');
    // What it has written down may still be asked for.
    expect((await prune()).events).toBe(0);
    await db.sql(
      "UPDATE replay_event SET done_at_us = 1, outcome = 'won', start_due_us = NULL WHERE replay_id = $1",
      [id],
    );
    await db.sql('UPDATE replay SET finished_at_us = $2 WHERE id = $1', [id, LONG_AGO]);
    const before = await readReplayStatus(db.database, id);
    expect(before?.events).toMatchObject({ total: 10, done: 10, outcomes: { won: 10 } });
    expect(await prune()).toMatchObject({ replays: 10 });
    expect(await readReplayStatus(db.database, id)).toEqual({ ...before, prunedAt: expect.any(String) });
    expect((await prune()).events).toBe(8);
  });
});
