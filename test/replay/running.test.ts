import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimReplayEvents } from '../../src/database/claim-replays.ts';
import { claimSupplierEvents } from '../../src/database/claim-supplier-events.ts';
import { advanceReplay, prepareReplayPage } from '../../src/database/replay-rows.ts';
import { microsOf, seconds } from '../../src/domain/time.ts';
import { cancelReplay } from '../../src/replay/cancel-replay.ts';
import { readReplayStatus } from '../../src/replay/replay-status.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, replay, settled, startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';

const at = seconds(1_780_000_000);
const events = (count: number, items: number, prefix = 'e') =>
  Array.from({ length: count }, (_, no) => ({
    eventId: `${prefix}-${no}`,
    sku: `ITEM-${no % items}`,
    quantity: no,
    updatedAt: at + BigInt(no),
  }));

describe('without a worker', () => {
  let product: Product;
  beforeAll(async () => {
    product = await testProduct();
    await openTenant(product.database, 'shop', ['acme']);
  });
  afterAll(() => product.close());

  it('events of a replay get only the room that live events leave, and an item its last one at the end', async () => {
    const { database } = product;
    await record(database, 'shop', 'acme', events(30, 10));
    await product.sql('UPDATE supplier_event SET start_due_us = NULL');
    const id = await startReplay(database);
    await prepareReplayPage(database, id, undefined);
    expect(await advanceReplay(database, id, 25)).toEqual({ state: 'running', underWay: 20 });
    await record(database, 'shop', 'acme', events(8, 8, 'live'));
    const claim = { worker: 'w', window: 10, limit: 50, leaseSeconds: 60 };
    expect(await claimSupplierEvents(database, claim)).toHaveLength(8);
    const replayed = await claimReplayEvents(database, claim);
    expect(replayed).toHaveLength(2);
    expect(replayed[0]?.workflowId).toMatch(new RegExp(`^resync:${id}:shop:acme:e-`));
    expect(replayed[0]?.input.replayId).toBe(id);
    expect(await claimReplayEvents(database, claim)).toHaveLength(0);

    await product.sql(
      `SELECT finish_replay_event(replay_id, seq, 'superseded', NULL) FROM replay_event
        WHERE replay_id = $1 AND item_id = 'shop:ITEM-3' AND NOT is_last`,
      [id],
    );
    expect(await advanceReplay(database, id, 25)).toEqual({ state: 'running', underWay: 19 });
    expect(
      await product.sql(
        'SELECT item_id FROM replay_event WHERE replay_id = $1 AND is_last AND start_due_us IS NOT NULL',
        [id],
      ),
    ).toEqual([{ item_id: 'shop:ITEM-3' }]);

    expect(await cancelReplay(database, id, 'test', 'enough')).toBe(true);
    expect(await cancelReplay(database, id, 'test')).toBe(false);
    expect(await claimReplayEvents(database, { ...claim, worker: 'x' })).toHaveLength(0);
    expect(await advanceReplay(database, id, 25)).toEqual({ state: 'ended', underWay: 0 });
  });

  it('a rate is held, with no more than a second of it saved up', async () => {
    const { database } = product;
    const id = await startReplay(database, {}, 4);
    await prepareReplayPage(database, id, undefined);
    await product.sql('UPDATE replay SET paced_at_us = paced_at_us - 60000000 WHERE id = $1', [id]);
    expect(await advanceReplay(database, id, 25)).toMatchObject({ underWay: 4 });
    expect((await advanceReplay(database, id, 25)).underWay).toBeLessThanOrEqual(5);
    await cancelReplay(database, id, 'test');
  });
});

describe('with workers', () => {
  let product: Product;
  beforeAll(async () => {
    product = await testProduct();
    await openTenant(product.database, 'shop', ['acme', 'globex']);
  });
  afterAll(() => product.close());

  it('goes on where it was when its worker stops and its workflows are terminated', async () => {
    const { database } = product;
    const first = await product.startWorker({ leaseSeconds: 2 });
    await record(database, 'shop', 'acme', events(90, 30));
    await settled(database);
    const undisturbed = await replay(database, {});

    const id = await startReplay(database, {}, 30);
    await until(async () => ((await readReplayStatus(database, id))?.events.done ?? 0) > 5);
    await product.client.workflow.getHandle(`replay:${id}`).terminate('by hand');
    await first.stop();
    const standing = await readReplayStatus(database, id);
    expect(standing?.state).toBe('running');
    expect(standing?.events.done).toBeLessThan(90);
    await product.startWorker({ leaseSeconds: 2 });
    const disturbed = await follow(database, id);
    expect(disturbed.touched).toEqual(undisturbed.touched);
    expect(disturbed.status.items).toEqual(undisturbed.status.items);
    expect(disturbed.status.events).toEqual(undisturbed.status.events);
    const attempts = await product.sql<{ count: string }>(
      "SELECT count(*) FROM publish_attempt WHERE replay_id = $1 AND status = 'accepted' GROUP BY item_id",
      [id],
    );
    expect(attempts.map(({ count }) => count)).toEqual(undisturbed.touched.map(() => '1'));
  });

  it('can be cancelled on its way: nothing more is started, and what it made is published all the same', async () => {
    const { database } = product;
    const id = await startReplay(database, {}, 5);
    await until(async () => ((await readReplayStatus(database, id))?.events.done ?? 0) > 2);
    await cancelReplay(database, id, 'test');
    const { status } = await follow(database, id);
    expect(status.state).toBe('cancelled');
    expect(status.events.done).toBeLessThan(status.events.total);
    await until(async () => {
      const { status: running } = await product.client.workflow.getHandle(`replay:${id}`).describe();
      return running.name === 'COMPLETED';
    });
    const done = (await readReplayStatus(database, id))?.events.done;
    await settled(database);
    expect((await readReplayStatus(database, id))?.events.done).toBe(done);
    expect(await database.catalogItemVersion.count({ where: { publication: 'due' } })).toBe(0);
  });

  it('goes through what its filters let through', async () => {
    const { database } = product;
    await record(database, 'shop', 'globex', [
      { eventId: 'g-1', sku: ' chair-01', quantity: 1, updatedAt: at + seconds(3600) },
      { eventId: 'g-2', sku: 'CHAIR-02', quantity: 1, updatedAt: at + seconds(7200) },
      { eventId: 'bad', sku: '=1+1', quantity: 1, updatedAt: at },
    ]);
    await settled(database);
    const touchedBy = async (window: Parameters<typeof replay>[1]) =>
      (await replay(database, window)).touched;
    expect(await touchedBy({ supplier: 'globex' })).toEqual(['shop:CHAIR-01', 'shop:CHAIR-02']);
    expect(await touchedBy({ sku: 'CHAIR-01' })).toEqual(['shop:CHAIR-01']);
    expect(
      await touchedBy({ by: 'updated_at', since: at + seconds(3600), until: at + seconds(7200) }),
    ).toEqual(['shop:CHAIR-01']);
    expect((await replay(database, { outcome: 'rejected' })).status.events).toMatchObject({
      total: 1,
      outcomes: { rejected: 1 },
    });
    expect((await replay(database, { failureMode: 'malformed_sku' })).status.events.total).toBe(1);
    expect((await replay(database, { outcome: 'won' })).status.events.total).toBe(32);
    expect(await touchedBy({ since: microsOf(new Date()) + seconds(30) })).toEqual([]);
  });
});
