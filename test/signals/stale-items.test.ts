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
  tenant = `stale-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
});

const stale = (supplier: string | null = null) => ledger.read('stale_items', tenant, supplier);
const publishMany = (items: number) => ledger.publishMany(tenant, items);

describe('stale items', () => {
  it('is inconclusive without any event, for the tenant and for each supplier', async () => {
    expect(await stale()).toMatchObject({ verdict: 'inconclusive', value: null, of: 0 });
    expect(await stale('bolt')).toMatchObject({ verdict: 'inconclusive', value: null });
    expect((await stale()).reason).toMatch(/No event was acknowledged/);
  });

  it('passes with one event that is accepted, and forgets it after a day', async () => {
    await ledger.publish(tenant, { receivedAgo: 86_399 });
    expect(await stale()).toMatchObject({ verdict: 'pass', value: 0, of: 1 });
    await db.sql('UPDATE supplier_event SET received_at_us = $2 WHERE tenant_id = $1', [tenant, ago(86_400)]);
    expect(await stale()).toMatchObject({ verdict: 'inconclusive' });
  });

  it('misses exactly at 1 %, and passes just below', async () => {
    await publishMany(99);
    const { eventId } = await ledger.receive(tenant, { sku: 'SLOW', receivedAgo: 61 });
    const at = await stale();
    expect(at).toMatchObject({ verdict: 'miss', value: 0.01, of: 100 });
    expect(at.reason).toContain(`${tenant}:SLOW`);
    expect(at.reason).toContain('undecided');
    expect(eventId).not.toBe('');
    await publishMany(1);
    expect(await stale()).toMatchObject({ verdict: 'pass', of: 101 });
  });

  it('counts an event as undecided after 60 s, not before', async () => {
    await ledger.receive(tenant, { receivedAgo: 60 });
    expect(await stale()).toMatchObject({ verdict: 'pass', value: 0, of: 1 });
    await ledger.receive(tenant, { receivedAgo: 60.000001 });
    expect(await stale()).toMatchObject({ verdict: 'miss', value: 0.5, of: 2 });
  });

  it('does not lose sight of an event that is undecided for more than a day', async () => {
    await ledger.receive(tenant, { receivedAgo: 3 * 86_400 });
    expect(await stale()).toMatchObject({ verdict: 'miss', value: 1, of: 1 });
  });

  it('takes two spellings of a SKU for one item', async () => {
    await ledger.publish(tenant, { sku: 'CHAIR', receivedAgo: 600 });
    await ledger.receive(tenant, { sku: ' chair ', receivedAgo: 10 });
    expect(await stale()).toMatchObject({ verdict: 'pass', of: 1 });
  });

  it('has nothing against an item that changes every 30 s and is accepted each time', async () => {
    for (let at = 300; at >= 30; at -= 30) {
      await ledger.publish(tenant, { sku: 'BUSY', receivedAgo: at, quantity: at });
    }
    expect(await stale()).toMatchObject({ verdict: 'pass', value: 0, of: 1 });
  });

  it('finds an item that changes every 30 s stale when no change is ever accepted', async () => {
    for (let at = 300; at >= 30; at -= 30) {
      await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'BUSY', receivedAgo: at }), at - 1);
    }
    const reading = await stale();
    expect(reading).toMatchObject({ verdict: 'miss', value: 1, of: 1 });
    expect(reading.reason).toContain('version 1');
  });

  it('takes a newer accepted version for one that covers the older ones', async () => {
    await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'A', receivedAgo: 300 }), 299);
    await ledger.publish(tenant, { sku: 'A', receivedAgo: 200 });
    expect(await stale()).toMatchObject({ verdict: 'pass', of: 1 });
  });

  it('gives a version 60 s, and takes a rejected one for none', async () => {
    const received = await ledger.receive(tenant, { sku: 'A', receivedAgo: 61 });
    const made = await ledger.decide(tenant, received, 60);
    await ledger.attempt(made, 'rejected', 59);
    expect(await stale()).toMatchObject({ verdict: 'pass' });
    await db.sql('UPDATE catalog_item_version SET created_at_us = $2 WHERE item_id = $1', [
      made.itemId,
      ago(60.1),
    ]);
    expect(await stale()).toMatchObject({ verdict: 'miss', value: 1 });
  });

  it('counts for the supplier whose event made the version', async () => {
    await ledger.publish(tenant, { sku: 'A', supplier: 'bolt', receivedAgo: 600 });
    await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'A', receivedAgo: 300 }), 299);
    expect(await stale('acme')).toMatchObject({ verdict: 'miss', value: 1 });
    expect(await stale('bolt')).toMatchObject({ verdict: 'pass', value: 0 });
  });

  it('believes the latest read-back, and says which item it was', async () => {
    const made = await ledger.publish(tenant, { sku: 'A', receivedAgo: 600 });
    await ledger.probe(made, 0, 120);
    const old = await stale();
    expect(old).toMatchObject({ verdict: 'miss', value: 1 });
    expect(old.reason).toContain('old_quantity_shown');
    expect(old.reason).toContain(`${tenant}:A was shown in version 0`);
    await ledger.probe(made, 1, 60);
    expect(await stale()).toMatchObject({ verdict: 'pass' });
    await ledger.probe(made, null, 30);
    expect((await stale()).reason).toContain('as unknown');
  });

  it('takes two old pages among those asked for a sample of all, one for itself alone', async () => {
    await publishMany(250);
    const rows = await db.sql<{ item_id: string }>('SELECT item_id FROM catalog_item WHERE tenant_id = $1', [
      tenant,
    ]);
    const asked = rows.slice(0, 40).map((row) => ({ seq: 0n, itemId: row.item_id, version: 1 }));
    for (const [n, item] of asked.entries()) await ledger.probe(item, n === 0 ? 0 : 1, 100);
    expect(await stale()).toMatchObject({ verdict: 'pass', value: 1 / 250 });
    for (const item of asked.slice(1, 2)) await ledger.probe(item, 0, 90);
    expect(await stale()).toMatchObject({ verdict: 'miss', value: 2 / 40 });
    expect((await stale()).reason).toContain('5.00 % are shown wrong');
  });

  it('leaves out what closed flags hold, and gives it 60 s after they open', async () => {
    await db.sql(`UPDATE supplier SET state = 'closed' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    await ledger.publish(tenant, { receivedAgo: 600 });
    const held = await ledger.receive(tenant, { supplier: 'bolt', sku: 'HELD', receivedAgo: 600 });
    await ledger.decide(tenant, held, 599);
    expect(await stale()).toMatchObject({ verdict: 'pass', of: 1 });
    expect(await stale('bolt')).toMatchObject({ verdict: 'inconclusive' });
    expect((await stale('bolt')).reason).toContain('closed');

    await db.sql(`UPDATE supplier SET state = 'open' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    const opened = `UPDATE supplier SET opened_at_us = $2 WHERE tenant_id = $1 AND id = 'bolt'`;
    await db.sql(opened, [tenant, ago(59)]);
    expect(await stale('bolt')).toMatchObject({ verdict: 'pass', of: 1 });
    await db.sql(opened, [tenant, ago(61)]);
    expect(await stale('bolt')).toMatchObject({ verdict: 'miss', value: 1 });
  });

  it('does not blame an item whose current version waits for a closed flag', async () => {
    await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'A', receivedAgo: 300 }), 299);
    const later = await ledger.receive(tenant, { sku: 'A', supplier: 'bolt', receivedAgo: 200 });
    await ledger.decide(tenant, later, 199);
    expect(await stale('bolt')).toMatchObject({ verdict: 'pass' });
    expect(await stale('acme')).toMatchObject({ verdict: 'miss' });
    await db.sql(`UPDATE supplier SET state = 'closed' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    expect(await stale()).toMatchObject({ verdict: 'pass', of: 1 });
  });

  it('is inconclusive while the clock is behind its own rows, but still misses what it can see', async () => {
    await ledger.publish(tenant, { receivedAgo: 600 });
    await ledger.receive(tenant, { receivedAgo: -3600 });
    const reading = await stale();
    expect(reading).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(reading.reason).toContain('clock has gone back');
    await ledger.receive(tenant, { receivedAgo: 100 });
    expect(await stale()).toMatchObject({ verdict: 'miss' });
  });

  it('does not count rejected events: they have no item', async () => {
    const { seq } = await ledger.receive(tenant, { sku: '???', receivedAgo: 600 });
    await db.sql(`SELECT record_event_failure($1, 'malformed_sku', 'no', 0)`, [seq]);
    expect(await stale()).toMatchObject({ verdict: 'inconclusive', of: 0 });
  });

  it('keeps tenants apart', async () => {
    await ledger.receive(tenant, { receivedAgo: 600 });
    await openTenant(db.database, `${tenant}-b`, ['acme']);
    await ledger.publish(`${tenant}-b`, { receivedAgo: 600 });
    expect(await ledger.read('stale_items', `${tenant}-b`)).toMatchObject({ verdict: 'pass', of: 1 });
  });

  describe('of several storefronts', () => {
    beforeEach(async () => {
      await shopAt(db.sql, 'https://shop.example', tenant);
      await shopAt(db.sql, 'https://cache.example', tenant, { name: 'cache', place: 2 });
    });

    it('are those of the worst, which is named', async () => {
      const made = await ledger.publish(tenant, { sku: 'A', receivedAgo: 600 });
      const behind = await stale();
      expect(behind).toMatchObject({ verdict: 'miss', value: 1, of: 1 });
      expect(behind.reason).toMatch(
        /^storefront cache: 1 of 1 item with .* has not been accepted for 9 min 59 s/,
      );
      expect(behind.storefronts).toMatchObject([
        { storefront: 'cache', verdict: 'miss', value: 1 },
        { storefront: 'shop', verdict: 'pass', value: 0 },
      ]);
      expect(await stale('acme')).toMatchObject({ verdict: 'miss', value: 1 });
      await ledger.attempt(made, 'accepted', 30, { storefront: 'cache' });
      expect(await stale()).toMatchObject({ verdict: 'pass', value: 0, of: 1 });
      // Another one takes its name.
      await db.sql(
        `UPDATE storefront SET counts_from = (SELECT max(id) FROM publish_attempt) WHERE tenant_id = $1 AND name = 'cache'`,
        [tenant],
      );
      expect(await stale()).toMatchObject({ verdict: 'miss', value: 1 });
    });

    it('have the pages of each, which a right page of another does not excuse', async () => {
      const made = await ledger.publish(tenant, { sku: 'A', receivedAgo: 600 });
      await ledger.attempt(made, 'accepted', 590, { storefront: 'cache' });
      await ledger.probe(made, 0, 120, 1, 'cache');
      await ledger.probe(made, 1, 60, 1, 'shop');
      const old = await stale();
      expect(old).toMatchObject({ verdict: 'miss', value: 1 });
      expect(old.reason).toMatch(/^storefront cache: .*old_quantity_shown/);
      await ledger.probe(made, 1, 30, 1, 'cache');
      expect(await stale()).toMatchObject({ verdict: 'pass' });
    });

    it('have none of the pages that were asked of another one by the name of one', async () => {
      const made = await ledger.publish(tenant, { sku: 'A', receivedAgo: 600 });
      await ledger.attempt(made, 'accepted', 590, { storefront: 'cache' });
      await ledger.probe(made, 0, 120, 1, 'cache');
      expect(await stale()).toMatchObject({ verdict: 'miss', value: 1 });
      await db.sql(
        `UPDATE storefront SET counts_from = a.id, counts_from_us = $2
           FROM (SELECT max(id) AS id FROM publish_attempt) a WHERE tenant_id = $1 AND name = 'cache'`,
        [tenant, ago(100)],
      );
      await ledger.attempt(made, 'accepted', 90, { storefront: 'cache' });
      expect(await stale()).toMatchObject({ verdict: 'pass', value: 0 });
      await ledger.probe(made, 0, 80, 1, 'cache');
      expect(await stale()).toMatchObject({ verdict: 'miss', value: 1 });
    });

    it('are stale in all of them while they are undecided, and count once', async () => {
      await ledger.receive(tenant, { sku: 'A', receivedAgo: 600 });
      expect(await stale()).toMatchObject({
        ...{ verdict: 'miss', value: 1, of: 1 },
        storefronts: [
          { storefront: 'cache', value: 1 },
          { storefront: 'shop', value: 1 },
        ],
      });
    });

    it('wait for none that is closed', async () => {
      await ledger.publish(tenant, { sku: 'A', receivedAgo: 600 });
      await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [
        tenant,
      ]);
      const reading = await stale();
      expect(reading).toMatchObject({ verdict: 'pass', value: 0, of: 1 });
      expect(reading.storefronts).toBeUndefined();
    });
  });
});
