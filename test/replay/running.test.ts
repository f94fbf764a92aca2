import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimReplayEvents } from '../../src/replay/claim-replays.ts';
import { claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
import { advanceReplay, prepareReplayPage } from '../../src/replay/replay-rows.ts';
import { microsOf, seconds } from '../../src/domain/time.ts';
import { cancelReplay } from '../../src/replay/cancel-replay.ts';
import { checkReplay } from '../../src/replay/check-replay.ts';
import { freezeWindow } from '../../src/replay/freeze-window.ts';
import { readReplayStatus } from '../../src/replay/replay-status.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, replay, settled, startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';

const at = seconds(1_780_000_000);
const MOST = { undecided: 25, underWay: 40 };
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
    await prepareReplayPage(database, id);
    expect(await advanceReplay(database, id, MOST)).toEqual({ state: 'running', underWay: 20 });
    await record(database, 'shop', 'acme', events(8, 8, 'live'));
    const claim = { worker: 'w', window: 10, share: 10, limit: 50, leaseSeconds: 60 };
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
    expect(await advanceReplay(database, id, MOST)).toEqual({ state: 'running', underWay: 19 });
    expect(
      await product.sql(
        'SELECT item_id FROM replay_event WHERE replay_id = $1 AND is_last AND start_due_us IS NOT NULL',
        [id],
      ),
    ).toEqual([{ item_id: 'shop:ITEM-3' }]);

    expect(await cancelReplay(database, id, 'test', 'enough')).toBe(true);
    expect(await cancelReplay(database, id, 'test')).toBe(false);
    expect(await claimReplayEvents(database, { ...claim, worker: 'x' })).toHaveLength(0);
    // Whether their workflows really began only Temporal knows: they stay leased.
    expect(
      await database.replayEvent.count({ where: { startDueUs: { not: null }, startCount: { gt: 0 } } }),
    ).toBe(2);
    expect(await advanceReplay(database, id, MOST)).toEqual({ state: 'ended', underWay: 0 });
  });

  it('what only waits for its storefront takes no place of those under way, up to a bound', async () => {
    const { database } = product;
    await record(database, 'shop', 'acme', events(100, 100, 'waiting'));
    await product.sql('UPDATE supplier_event SET start_due_us = NULL');
    const id = await startReplay(database);
    await prepareReplayPage(database, id);
    const decide = () =>
      product.sql(
        `UPDATE replay_event SET outcome = 'won' WHERE replay_id = $1 AND start_due_us IS NOT NULL`,
        [id],
      );
    expect(await advanceReplay(database, id, MOST)).toMatchObject({ underWay: 25 });
    await decide();
    expect(await advanceReplay(database, id, MOST)).toMatchObject({ underWay: 40 });
    await decide();
    expect(await advanceReplay(database, id, MOST)).toMatchObject({ underWay: 40 });
    await cancelReplay(database, id, 'test');
  });

  it('judges all its events by the rules that the suppliers had when it began', async () => {
    const { database } = product;
    const id = await startReplay(database);
    const loose = (await database.supplier.findFirstOrThrow()).skuPattern;
    await database.supplier.updateMany({ data: { skuPattern: 'NOTHING', clockToleranceSeconds: 1 } });
    await prepareReplayPage(database, id);
    await advanceReplay(database, id, MOST);
    const claimed = await claimReplayEvents(database, {
      worker: 'y',
      window: 50,
      limit: 5,
      leaseSeconds: 60,
    });
    expect(claimed).toHaveLength(5);
    for (const { input } of claimed) {
      expect(input).toMatchObject({ skuPattern: loose, clockToleranceSeconds: 300 });
    }
    await cancelReplay(database, id, 'test');
    await database.supplier.updateMany({ data: { skuPattern: loose, clockToleranceSeconds: 300 } });
  });

  it("knows each item's last event after the last page, also when its pages are written again", async () => {
    const { database } = product;
    const id = await startReplay(database);
    const lastOnes = () =>
      product.sql(
        `SELECT item_id, seq FROM replay_event WHERE replay_id = $1 AND is_last ORDER BY item_id COLLATE "C"`,
        [id],
      );
    const truth = await product.sql(
      `SELECT DISTINCT ON ($1 || e.sku) $1 || e.sku AS item_id, e.seq FROM supplier_event e
        ORDER BY $1 || e.sku, e.received_at_us DESC, e.seq DESC`,
      ['shop:'],
    );
    const pages = async () => {
      let further: boolean;
      do further = await prepareReplayPage(database, id, 7);
      while (further);
    };
    await prepareReplayPage(database, id, 7);
    await prepareReplayPage(database, id, 7);
    await pages();
    const byItem = (rows: object[]) =>
      rows
        .map((row) => JSON.stringify(row, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)))
        .toSorted();
    expect(byItem(await lastOnes())).toEqual(byItem(truth));
    await cancelReplay(database, id, 'test');
  });

  it('freezes its window: nothing that is received later is in it', async () => {
    const { database } = product;
    const far = microsOf(new Date()) + seconds(86_400);
    const asked = { tenant: 'shop', by: 'updated_at', since: 0n, until: far } as const;
    const window = await freezeWindow(database, asked);
    const before = await checkReplay(database, window);
    await record(database, 'shop', 'acme', events(3, 3, 'late'));
    expect(window.until).toBe(far);
    expect(await checkReplay(database, window)).toBe(before);
    expect(await checkReplay(database, await freezeWindow(database, asked))).toBe(before + 3);
    const received = await freezeWindow(database, { ...asked, by: 'received_at' });
    expect(received.until).toBe(received.asOf);
  });

  it('a rate is held, with no more than a second of it saved up', async () => {
    const { database } = product;
    const id = await startReplay(database, {}, 4);
    await prepareReplayPage(database, id);
    await product.sql('UPDATE replay SET paced_at_us = paced_at_us - 60000000 WHERE id = $1', [id]);
    expect(await advanceReplay(database, id, MOST)).toMatchObject({ underWay: 4 });
    expect((await advanceReplay(database, id, MOST)).underWay).toBeLessThanOrEqual(5);
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
    await product.sql("DELETE FROM catalog_item WHERE item_id = 'shop:CHAIR-01'");
    expect((await replay(database, { outcome: 'won' })).status.events.total).toBe(32);
    expect(await database.catalogItem.count({ where: { itemId: 'shop:CHAIR-01' } })).toBe(1);
    await expect(touchedBy({ since: microsOf(new Date()) + seconds(30) })).rejects.toThrow('reversed');
  });
});
