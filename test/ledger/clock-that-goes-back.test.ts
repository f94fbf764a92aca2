import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { bringBackDueTimes } from '../../src/ledger/bring-back-due-times.ts';
import { readBacklog } from '../../src/ledger/backlog.ts';
import { claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
import { closeUnansweredAttempts } from '../../src/ledger/publish-attempt.ts';
import { claimReplays } from '../../src/replay/claim-replays.ts';
import { advanceReplay, prepareReplayPage } from '../../src/replay/replay-rows.ts';
import { readGauges } from '../../src/signals/read-gauges.ts';
import { samplesSay } from '../gate/launch.ts';
import { publishedEvents } from '../gate/published-event.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { jumpingClock } from '../support/jumping-clock.ts';
import { record } from '../support/record.ts';
import { claimSweeps } from '../../src/sweep/claim-sweeps.ts';
import { startReplay } from '../support/replay.ts';

const LEASE_SECONDS = 30;

let test: TestDatabase;
let clock: Awaited<ReturnType<typeof jumpingClock>>;
let tenant: string;

beforeAll(async () => {
  test = await testDatabase();
  clock = await jumpingClock(test.sql);
});
afterAll(() => test?.drop());
beforeEach(async () => {
  tenant = `shop-${randomUUID().slice(0, 8)}`;
  await clock.hoursOff(0);
  await test.database.tenant.create({ data: { id: tenant, state: 'open' } });
  await test.database.supplier.create({ data: { tenantId: tenant, id: 'acme', state: 'open' } });
});

const receive = (eventId: string) =>
  record(test.database, tenant, 'acme', [
    { eventId, sku: 'CHAIR-01', quantity: 1, updatedAt: seconds(1_780_000_000) },
  ]);
const claim = async (worker: string) =>
  (
    await claimSupplierEvents(test.database, {
      ...{ worker, window: 10, share: 10, limit: 10, leaseSeconds: LEASE_SECONDS },
    })
  )
    .filter(({ input }) => input.tenant === tenant)
    .map(({ input }) => input.eventId)
    .toSorted();

describe('a clock of the database that goes back by hours', () => {
  it('keeps no event waiting: neither one that was claimed, nor one that was just received', async () => {
    await clock.hoursOff(3);
    await receive('claimed');
    expect(await claim('before')).toEqual(['claimed']);
    await receive('received');
    await clock.hoursOff(0);
    expect(await claim('after')).toEqual([]);
    await bringBackDueTimes(test.database, LEASE_SECONDS);
    expect(await claim('after')).toEqual(['claimed', 'received']);
  });

  it('takes no claim away that still holds', async () => {
    await receive('claimed');
    expect(await claim('one')).toEqual(['claimed']);
    await bringBackDueTimes(test.database, LEASE_SECONDS);
    expect(await claim('other')).toEqual([]);
  });

  it('keeps no replay waiting, nor its pace', async () => {
    await receive('e-1');
    await clock.hoursOff(3);
    const id = await startReplay(test.database, { tenant, until: seconds(4_000_000_000) }, 5);
    await prepareReplayPage(test.database, id);
    await clock.hoursOff(0);
    await bringBackDueTimes(test.database, LEASE_SECONDS);
    const claimed = await claimReplays(test.database, { limit: 10, leaseSeconds: LEASE_SECONDS });
    expect(claimed.map((replay) => replay.id)).toContain(id);
    expect(await advanceReplay(test.database, id, { undecided: 10, underWay: 10 })).toMatchObject({
      underWay: 1,
    });
  });

  it('keeps no sweep waiting', async () => {
    await clock.hoursOff(3);
    const [row] = await test.sql<{ id: string }>(`SELECT request_sweep($1, false, 'test') AS id`, [tenant]);
    await clock.hoursOff(0);
    await bringBackDueTimes(test.database, LEASE_SECONDS);
    const claimed = await claimSweeps(test.database, { limit: 10, leaseSeconds: LEASE_SECONDS });
    expect(claimed.map(({ id }) => id)).toContain(row?.id);
  });

  it('closes the attempts of a process that died while the clock was ahead', async () => {
    await clock.hoursOff(3);
    await publishedEvents(test, { tenant, supplier: 'acme' }, [{ id: 'e-1', sku: 'CHAIR-01' }]);
    await test.sql(
      `UPDATE publish_attempt SET status = 'sending', finished_at_us = NULL, started_at_us = now_us()
        WHERE tenant_id = $1`,
      [tenant],
    );
    await clock.hoursOff(0);
    expect(await closeUnansweredAttempts(test.database, seconds(120))).toBe(1);
  });

  it('shows no negative age', async () => {
    await clock.hoursOff(3);
    await receive('e-1');
    await samplesSay(test.database, tenant);
    await clock.hoursOff(0);
    const backlog = await readBacklog(test.database);
    expect(backlog.find((one) => one.tenant === tenant)?.oldestPendingSeconds).toBe(0);
    const gauges = await readGauges(test.database);
    const own = gauges.find((one) => one.tenant === tenant);
    expect(own?.sampleAgeSeconds).toBe(0);
    // A sample from the future says nothing of now.
    expect(new Set(own?.signals.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
  });
});
