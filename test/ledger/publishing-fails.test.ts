import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailureMode } from '../../src/domain/failure-modes.ts';
import { countFailureModes } from '../../src/ledger/count-failure-modes.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { countWindow } from '../../src/replay/replay-window.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { storyTeller, WEB_UI } from '../trace/story.ts';

let test: TestDatabase;
let story: ReturnType<typeof storyTeller>;
const ITEM = 'canary:CHAIR-01';

beforeEach(async () => {
  test = await testDatabase();
  for (const tenant of ['canary', 'other']) await openTenant(test.database, tenant, ['acme', 'zed']);
  story = storyTeller(test);
});
afterEach(() => test?.drop());

const FOREVER = 9_000_000_000_000_000n;

/** The events that go wrong in a way, as each face of the product says it. */
async function eachFace(mode: FailureMode, tenant = 'canary') {
  const [row] = await test.sql<{ now: string }>('SELECT now_us() AS now');
  const since = BigInt(row?.now ?? 0) - 86_400_000_000n;
  const counted = await countFailureModes(test.database, tenant, since);
  const listed = await listEvents(
    test.database,
    { tenant, failureMode: mode },
    { before: undefined, limit: 50 },
  );
  const window = {
    tenant,
    failureMode: mode,
    by: 'received_at',
    since: 0n,
    until: FOREVER,
    asOf: FOREVER,
  } as const;
  const traced = await findTraces(test.database, { key: 'CHAIR-01', tenant }, WEB_UI);
  return {
    count: counted.find(({ failureMode }) => failureMode === mode)?.count,
    listed: listed.map(({ eventId, failureMode }) => [eventId, failureMode]),
    replayed: await countWindow(test.database, window),
    traced: traced.flatMap(({ trace }) =>
      trace.events.filter(({ failureMode }) => failureMode === mode).map(({ eventId }) => eventId),
    ),
  };
}

const none = { count: 0, listed: [], replayed: 0, traced: [] };
const of = (id: string, mode: FailureMode) => ({ count: 1, listed: [[id, mode]], replayed: 1, traced: [id] });
const unreachable = of('e-1', 'storefront_unreachable');

describe('a storefront that does not answer', () => {
  it('is a failure from the first failed try on, for as long as it fails', async () => {
    const seq = await story.save({ id: 'e-1' });
    expect(await eachFace('storefront_unreachable')).toEqual(none);
    await story.publish(seq, ITEM, 1, ['failed', 500, 'HTTP 500: no']);
    expect(await eachFace('storefront_unreachable')).toEqual(unreachable);
    expect(await eachFace('storefront_unreachable', 'other')).toEqual(none);
    const filter = { tenant: 'canary' };
    expect(await listEvents(test.database, filter, { before: undefined, limit: 5 })).toMatchObject([
      {
        eventId: 'e-1',
        failureMode: 'storefront_unreachable',
        failureDetail: 'HTTP 500: no',
        outcome: 'won',
      },
    ]);
    await story.publish(seq, ITEM, 1, ['failed', 500, 'HTTP 500: no']);
    expect(await eachFace('storefront_unreachable')).toEqual(unreachable);
    await story.publish(seq, ITEM, 1, ['accepted', 200]);
    expect(await eachFace('storefront_unreachable')).toEqual(none);
  });

  it('counts however long ago the event was received, and was seen when the last try failed', async () => {
    const seq = await story.save({ id: 'e-1' });
    await story.publish(seq, ITEM, 1, ['failed', 500, 'HTTP 500']);
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - 259200000000');
    expect(await eachFace('storefront_unreachable')).toEqual(unreachable);
    const modes = await countFailureModes(test.database, 'canary', FOREVER);
    const [attempt] = await test.sql<{ at: string }>('SELECT started_at_us AS at FROM publish_attempt');
    expect(modes.find(({ failureMode }) => failureMode === 'storefront_unreachable')).toEqual({
      failureMode: 'storefront_unreachable',
      count: 1,
      lastSeenAt: BigInt(attempt?.at ?? 0),
    });
  });

  it('is no failure of a version that another has overtaken', async () => {
    const seq = await story.save({ id: 'e-1' });
    await story.publish(seq, ITEM, 1, ['failed', 500, 'HTTP 500']);
    await story.save({ id: 'e-2', updatedAt: '2026-06-01T11:00:00Z' });
    expect(await eachFace('storefront_unreachable')).toEqual(none);
  });

  it('that was given up counts once, and for as long as the catalog has that version', async () => {
    const seq = await story.save({ id: 'e-1' });
    await story.publish(seq, ITEM, 1, ['failed', 500, 'HTTP 500']);
    await recordEventFailure(test.database, {
      seq: seq.toString(),
      failureMode: 'storefront_unreachable',
      detail: 'gave up',
      patience: 0n,
    });
    expect(await eachFace('storefront_unreachable')).toEqual(unreachable);
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - 259200000000');
    expect(await eachFace('storefront_unreachable')).toEqual(unreachable);
  });
});

describe('a storefront that refuses', () => {
  it('is a failure for as long as the catalog has the version that it refused', async () => {
    const seq = await story.save({ id: 'e-1' });
    await story.publish(seq, ITEM, 1, ['rejected', 422, 'no']);
    expect(await eachFace('publish_rejected')).toEqual(of('e-1', 'publish_rejected'));
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - 259200000000');
    expect(await eachFace('publish_rejected')).toEqual(of('e-1', 'publish_rejected'));
    expect(await eachFace('storefront_unreachable')).toEqual(none);
    await story.save({ id: 'e-2', updatedAt: '2026-06-01T11:00:00Z' });
    expect((await eachFace('publish_rejected')).count).toBe(0);
  });
});

describe('deliveries under an id that was used before', () => {
  it('are duplicates with the same content, and conflicts with another', async () => {
    await story.save({ id: 'e-1' });
    await story.receive({ id: 'e-1' });
    await story.save({ id: 'e-2', updatedAt: '2026-06-01T09:00:00Z' });
    await story.receive({ id: 'e-2', quantity: 99 });
    await story.receive({ id: 'e-2', quantity: 98 });
    const listed = async (failureMode: FailureMode) =>
      (
        await listEvents(test.database, { tenant: 'canary', failureMode }, { before: undefined, limit: 5 })
      ).map(({ eventId, duplicates, conflicts }) => [eventId, duplicates, conflicts]);
    expect(await listed('duplicate_event')).toEqual([['e-1', 1, 0]]);
    expect(await listed('conflicting_event')).toEqual([['e-2', 0, 2]]);
    expect(await eachFace('duplicate_event')).toMatchObject({ count: 1, replayed: 1 });
    expect(await eachFace('conflicting_event')).toMatchObject({ count: 2, replayed: 1 });
  });
});
