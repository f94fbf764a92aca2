import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';
import { ago, handMadeLedger } from './ledger.ts';

let db: TestDatabase;
let ledger: ReturnType<typeof handMadeLedger>;
let tenants = 0;
let tenant = '';

beforeAll(async () => {
  db = await testDatabase();
  ledger = handMadeLedger(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `lag-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
});

const lag = (supplier: string | null = null) => ledger.read('queue_lag', tenant, supplier);
const replay = (id: string) =>
  db.sql(
    `INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by) VALUES ($1, $2, 0, 1, 'test')`,
    [id, tenant],
  );

describe('queue lag', () => {
  it('is inconclusive when nothing came in 15 minutes and nothing waits', async () => {
    await ledger.publish(tenant, { receivedAgo: 901 });
    expect(await lag()).toMatchObject({ verdict: 'inconclusive', value: null, of: 0 });
  });

  it('is that of the only event there is', async () => {
    await ledger.publish(tenant, { receivedAgo: 800, tookSeconds: 12 });
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 12, of: 1 });
    expect(await lag('acme')).toMatchObject({ verdict: 'pass', value: 12 });
    expect(await lag('bolt')).toMatchObject({ verdict: 'inconclusive' });
  });

  it('misses at exactly 90 s and passes a microsecond below', async () => {
    const { itemId } = await ledger.publish(tenant, { receivedAgo: 800, tookSeconds: 90 });
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 90 });
    await db.sql('UPDATE publish_attempt SET finished_at_us = finished_at_us - 1 WHERE item_id = $1', [
      itemId,
    ]);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 89.999999 });
  });

  it('is the time that 95 of 100 stay within', async () => {
    for (let n = 1; n <= 20; n += 1)
      await ledger.publish(tenant, { receivedAgo: 800, tookSeconds: n === 20 ? 500 : n });
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 19, of: 20 });
  });

  it('does not count the end of a figure, which no supplier sent', async () => {
    const { seq } = await ledger.publish(tenant, { receivedAgo: 800, tookSeconds: 12 });
    const { eventId } = await ledger.receive(tenant, { receivedAgo: 700 });
    await db.sql(
      `UPDATE supplier_event SET kind = 'expiry', target_seq = $1 WHERE tenant_id = $2 AND event_id = $3`,
      [seq, tenant, eventId],
    );
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 12, of: 1 });
  });

  it('misses through the undecided events of a dead worker, in whatever number of good ones', async () => {
    for (let n = 0; n < 20; n += 1) await ledger.publish(tenant, { receivedAgo: 800 });
    const { eventId } = await ledger.receive(tenant, { receivedAgo: 120 });
    const reading = await lag();
    expect(reading).toMatchObject({ verdict: 'miss', value: 120 });
    expect(reading.reason).toContain(`acme/${eventId}, is undecided after 2 min`);
  });

  it('sees what has waited for longer than its window', async () => {
    await ledger.receive(tenant, { receivedAgo: 40 * 3600 });
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 144_000, of: 1 });
  });

  it('counts a decided event until its version is published', async () => {
    const received = await ledger.receive(tenant, { receivedAgo: 100 });
    const made = await ledger.decide(tenant, received, 99);
    await ledger.attempt(made, 'failed', 98);
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 100 });
    expect((await lag()).reason).toContain('is decided but not published');
    await ledger.attempt(made, 'accepted', 40);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 60 });
  });

  it('sees an old event whose publication still waits', async () => {
    await ledger.decide(tenant, await ledger.receive(tenant, { receivedAgo: 3600 }), 3599);
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 3600 });
  });

  it('takes a rejected publication for an end: it is no lag', async () => {
    const made = await ledger.decide(tenant, await ledger.receive(tenant, { receivedAgo: 100 }), 99);
    await ledger.attempt(made, 'rejected', 98);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 2 });
  });

  it('needs no publication of superseded, rejected and voided events', async () => {
    await ledger.publish(tenant, { sku: 'A', receivedAgo: 500, updatedAt: ago(10) });
    await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'A', receivedAgo: 300 }), 298);
    const { seq } = await ledger.receive(tenant, { sku: '???', receivedAgo: 300 });
    await db.sql(`SELECT record_event_failure($1, 'malformed_sku', 'no', 0)`, [seq]);
    await db.sql('UPDATE supplier_event SET decided_at_us = $2 WHERE seq = $1', [seq, ago(297)]);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 3, of: 3 });
  });

  it('does not take an item for quick that changes every 30 s and is never published', async () => {
    for (let at = 600; at >= 30; at -= 30) {
      await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'BUSY', receivedAgo: at }), at - 1);
    }
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 600 });
  });

  it('ends the wait of an older version when a newer one is accepted', async () => {
    await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'A', receivedAgo: 300 }), 299);
    await ledger.publish(tenant, { sku: 'A', receivedAgo: 260 });
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 41, of: 2 });
  });

  it('does not count what a replay decided or published', async () => {
    await replay(`${tenant}-r`);
    const first = await ledger.decide(tenant, await ledger.receive(tenant, { receivedAgo: 800 }), 10);
    await db.sql('UPDATE catalog_item_version SET replay_id = $2 WHERE item_id = $1', [
      first.itemId,
      `${tenant}-r`,
    ]);
    const second = await ledger.decide(tenant, await ledger.receive(tenant, { receivedAgo: 800 }), 799);
    await ledger.attempt(second, 'failed', 798);
    await ledger.attempt(second, 'accepted', 10, { replayId: `${tenant}-r` });
    expect(await lag()).toMatchObject({ verdict: 'inconclusive', of: 0 });
  });

  it('counts held events from the opening of their flag, and not at all while it is closed', async () => {
    await db.sql(`UPDATE supplier SET state = 'closed' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    const held = await ledger.receive(tenant, { supplier: 'bolt', receivedAgo: 7200 });
    await ledger.decide(tenant, held, 7199);
    await ledger.receive(tenant, { supplier: 'bolt', receivedAgo: 200 });
    expect(await lag()).toMatchObject({ verdict: 'inconclusive' });

    await db.sql(`UPDATE supplier SET state = 'open' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    await db.sql(`UPDATE supplier SET opened_at_us = $2 WHERE tenant_id = $1 AND id = 'bolt'`, [
      tenant,
      ago(30),
    ]);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 30, of: 2 });
    const made = await ledger.decide(tenant, held, 20);
    await ledger.attempt(made, 'accepted', 19);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 30 });
    await db.sql(`UPDATE supplier SET opened_at_us = $2 WHERE tenant_id = $1 AND id = 'bolt'`, [
      tenant,
      ago(95),
    ]);
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 95 });
  });

  it('leaves out what was decided before the flags were last opened', async () => {
    await ledger.publish(tenant, { receivedAgo: 600, tookSeconds: 300 });
    await db.sql('UPDATE tenant SET opened_at_us = $2 WHERE id = $1', [tenant, ago(100)]);
    expect(await lag()).toMatchObject({ verdict: 'inconclusive', of: 0 });
  });

  it('counts a version that a withdrawn event left to another one from when it was made', async () => {
    const loser = await ledger.publish(tenant, { sku: 'A', receivedAgo: 90_000, quantity: 9 });
    const winner = await ledger.publish(tenant, { sku: 'A', receivedAgo: 80_000, quantity: 3 });
    const voids = await ledger.receive(tenant, { sku: 'A', receivedAgo: 30 });
    await db.sql('SELECT * FROM apply_void($1, $2, $3, $4, $5)', [
      voids.seq,
      winner.seq,
      winner.itemId,
      'wrong',
      'ann',
    ]);
    await db.sql('UPDATE supplier_event SET decided_at_us = $2, start_due_us = NULL WHERE seq = $1', [
      voids.seq,
      ago(30),
    ]);
    await db.sql('UPDATE catalog_item_version SET created_at_us = $2 WHERE item_id = $1 AND version = 3', [
      loser.itemId,
      ago(30),
    ]);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 30, of: 2 });
  });

  it('has no negative lag, and is inconclusive while rows are dated ahead of the clock', async () => {
    await ledger.publish(tenant, { receivedAgo: 100, tookSeconds: 2 });
    const { itemId, seq } = await ledger.publish(tenant, { receivedAgo: 100, tookSeconds: 2 });
    await db.sql('UPDATE publish_attempt SET finished_at_us = $2 WHERE item_id = $1', [itemId, ago(100.5)]);
    expect(await lag()).toMatchObject({ verdict: 'pass', value: 2 });
    await db.sql('UPDATE supplier_event SET received_at_us = $2 WHERE seq = $1', [seq, ago(50)]);
    const back = await lag();
    expect(back).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(back.reason).toContain('clock has gone back');
    await ledger.receive(tenant, { receivedAgo: -3600 });
    expect(await lag()).toMatchObject({ verdict: 'inconclusive' });
    await ledger.receive(tenant, { receivedAgo: 95 });
    expect(await lag()).toMatchObject({ verdict: 'miss', value: 95 });
  });

  describe('of several storefronts', () => {
    beforeEach(async () => {
      await shopAt(db.sql, 'https://shop.example', tenant);
      await shopAt(db.sql, 'https://cache.example', tenant, { name: 'cache', place: 2 });
    });

    it('lasts until each that is open has answered', async () => {
      const made = await ledger.publish(tenant, { receivedAgo: 600 });
      expect(await lag()).toMatchObject({ verdict: 'miss', value: 600, of: 1 });
      await ledger.attempt(made, 'accepted', 540, { storefront: 'cache' });
      expect(await lag()).toMatchObject({ verdict: 'pass', value: 60, of: 1 });
      await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [
        tenant,
      ]);
      expect(await lag()).toMatchObject({ verdict: 'pass', value: 1, of: 1 });
    });

    it('waits for none that is behind one that said no', async () => {
      const received = await ledger.receive(tenant, { receivedAgo: 600 });
      const made = await ledger.decide(tenant, received, 599.5);
      await ledger.attempt(made, 'rejected', 598);
      expect(await lag()).toMatchObject({ verdict: 'pass', value: 2, of: 1 });
    });

    it('counts what nobody was told from when another one of the name came, or it was opened', async () => {
      const received = await ledger.receive(tenant, { receivedAgo: 600 });
      const made = await ledger.decide(tenant, received, 599.5);
      await ledger.attempt(made, 'accepted', 90);
      await db.sql(
        `UPDATE storefront SET counts_from = a.id, nos_from = a.id, counts_from_us = $2, nos_from_us = $2
           FROM (SELECT max(id) AS id FROM publish_attempt) a WHERE tenant_id = $1 AND name = 'cache'`,
        [tenant, ago(100)],
      );
      expect(await lag()).toMatchObject({ verdict: 'miss', value: 100, of: 1 });
      await ledger.attempt(made, 'accepted', 40, { storefront: 'cache' });
      expect(await lag()).toMatchObject({ verdict: 'miss', value: 510, of: 1 });
    });

    describe('that is added, moved or opened again', () => {
      const addedAgo = (seconds: number) =>
        db.sql(
          `UPDATE storefront SET counts_from = a.id, nos_from = a.id, counts_from_us = $2, nos_from_us = $2
             FROM (SELECT max(id) AS id FROM publish_attempt) a WHERE tenant_id = $1 AND name = 'cache'`,
          [tenant, ago(seconds)],
        );

      it('does not wait for what others had been told before, neither while it is told nor when it was', async () => {
        const before = await ledger.publish(tenant, { receivedAgo: 600 });
        await addedAgo(300);
        expect(await lag()).toMatchObject({ verdict: 'pass', value: 1, of: 1 });
        await ledger.attempt(before, 'accepted', 10, { storefront: 'cache' });
        expect(await lag()).toMatchObject({ verdict: 'pass', value: 1, of: 1 });
        const later = await ledger.publish(tenant, { receivedAgo: 280 });
        expect(await lag()).toMatchObject({ verdict: 'miss', value: 280, of: 2 });
        await ledger.attempt(later, 'accepted', 270, { storefront: 'cache' });
        expect(await lag()).toMatchObject({ verdict: 'pass', value: 10, of: 2 });
      });

      it('keeps the lags that it had answered before it was opened again', async () => {
        const made = await ledger.publish(tenant, { receivedAgo: 600 });
        await ledger.attempt(made, 'accepted', 400, { storefront: 'cache' });
        expect(await lag()).toMatchObject({ verdict: 'miss', value: 200, of: 1 });
        await db.sql(
          `UPDATE storefront SET nos_from = a.id, nos_from_us = $2
             FROM (SELECT max(id) AS id FROM publish_attempt) a WHERE tenant_id = $1 AND name = 'cache'`,
          [tenant, ago(10)],
        );
        expect(await lag()).toMatchObject({ verdict: 'miss', value: 200, of: 1 });
      });

      it('does not wait for its backlog of old versions, whether their turn has come or not', async () => {
        const made = await ledger.publish(tenant, { receivedAgo: 40 * 3600 });
        await addedAgo(300);
        await db.sql(
          `UPDATE catalog_item_version SET publication = 'due', publication_at_us = $2 WHERE item_id = $1`,
          [made.itemId, ago(300)],
        );
        for (const due of ['behind_live_us()', '0']) {
          await db.sql(`UPDATE supplier_event SET start_due_us = ${due} + $2::bigint WHERE seq = $1`, [
            made.seq,
            ago(300),
          ]);
          expect(await lag()).toMatchObject({ verdict: 'inconclusive', value: null, of: 0 });
        }
      });
    });

    it('waits for an old version that became due and nobody was ever told', async () => {
      const received = await ledger.receive(tenant, { receivedAgo: 40 * 3600 });
      const made = await ledger.decide(tenant, received, 40 * 3600);
      await db.sql(
        `UPDATE catalog_item_version SET publication = 'due', publication_at_us = $2 WHERE item_id = $1`,
        [made.itemId, ago(30)],
      );
      await db.sql('UPDATE supplier_event SET start_due_us = $2 WHERE seq = $1', [made.seq, ago(30)]);
      expect(await lag()).toMatchObject({ verdict: 'pass', value: 30, of: 1 });
    });
  });
});
