import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';
import { ago, handMadeLedger, type Made } from './ledger.ts';

let db: TestDatabase;
let ledger: ReturnType<typeof handMadeLedger>;
let tenants = 0;
let tenant = '';
let acme: Made;
let bolt: Made;

beforeAll(async () => {
  db = await testDatabase();
  ledger = handMadeLedger(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `errors-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
  acme = await ledger.decide(tenant, await ledger.receive(tenant, { sku: 'A', receivedAgo: 60 }), 60);
  bolt = await ledger.decide(
    tenant,
    await ledger.receive(tenant, { sku: 'B', supplier: 'bolt', receivedAgo: 60 }),
    60,
  );
});

const errors = (supplier: string | null = null) => ledger.read('publish_errors', tenant, supplier);

/** So many calls of one end, one a microsecond. */
async function calls(
  made: Made,
  status: string,
  number: number,
  startedAgo: number,
  storefront = 'shop',
): Promise<void> {
  await db.sql(
    `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, started_at_us,
                                  finished_at_us, reason, storefront)
     SELECT $1, $2, $3, 'sync:x', 'msg_x', $4, $5::bigint - n, CASE WHEN $4 <> 'sending' THEN $5::bigint - n + 1000 END,
            CASE WHEN $4 IN ('rejected', 'failed') THEN 'HTTP 422: no such shelf' END, $7
       FROM generate_series(0, $6::integer - 1) n`,
    [made.itemId, made.version, made.seq, status, ago(startedAgo), number, storefront],
  );
}

describe('publish errors', () => {
  it('are inconclusive without a call, and with 199', async () => {
    expect(await errors()).toMatchObject({ verdict: 'inconclusive', value: null, of: 0 });
    await calls(acme, 'accepted', 150, 60);
    await calls(acme, 'failed', 49, 60);
    expect(await errors()).toMatchObject({ verdict: 'inconclusive', of: 199 });
    expect((await errors()).reason).toContain('Fewer than 200');
  });

  it('pass with 200 good calls, and miss with one bad one among them: exactly 0.5 %', async () => {
    await calls(acme, 'accepted', 200, 60);
    expect(await errors()).toMatchObject({ verdict: 'pass', value: 0, of: 200 });
    await calls(acme, 'rejected', 1, 50);
    await calls(acme, 'accepted', 0, 50);
    expect(await errors()).toMatchObject({ verdict: 'pass', of: 201 });
    await db.sql(
      `DELETE FROM publish_attempt
        WHERE id = (SELECT min(id) FROM publish_attempt WHERE tenant_id = $1 AND status = 'accepted')`,
      [tenant],
    );
    const reading = await errors();
    expect(reading).toMatchObject({ verdict: 'miss', value: 0.005, of: 200 });
    expect(reading.reason).toContain(`1 was rejected and 0 failed (0.50 %)`);
    expect(reading.reason).toMatch(new RegExp(`for ${tenant}:A: HTTP 422: no such shelf\\.$`));
  });

  it('widen the window back to the last 200 calls, and no further', async () => {
    await calls(acme, 'accepted', 150, 60);
    await calls(acme, 'accepted', 50, 7200);
    await calls(acme, 'failed', 50, 8000);
    expect(await errors()).toMatchObject({ verdict: 'pass', value: 0, of: 200 });
    await calls(acme, 'failed', 1, 3600);
    expect(await errors()).toMatchObject({ verdict: 'miss', value: 0.005, of: 200 });
  });

  it('take all calls of the last 15 minutes when these are more', async () => {
    await calls(acme, 'accepted', 300, 60);
    await calls(acme, 'rejected', 3, 890);
    await calls(acme, 'failed', 9, 901);
    expect(await errors()).toMatchObject({ verdict: 'miss', value: 3 / 303, of: 303 });
  });

  it('ask for no calls of more than a week ago', async () => {
    await calls(acme, 'accepted', 300, 7 * 86_400 + 1);
    expect(await errors()).toMatchObject({ verdict: 'inconclusive', of: 0 });
  });

  it('count neither calls under way nor those whose end nobody saw', async () => {
    await calls(acme, 'accepted', 199, 60);
    await calls(acme, 'sending', 20, 10);
    await calls(acme, 'unanswered', 20, 60);
    expect(await errors()).toMatchObject({ verdict: 'inconclusive', of: 199 });
  });

  it('have a window for each supplier', async () => {
    await calls(acme, 'accepted', 400, 60);
    await calls(bolt, 'accepted', 199, 7200);
    await calls(bolt, 'failed', 1, 7300);
    expect(await errors()).toMatchObject({ verdict: 'pass', of: 400 });
    expect(await errors('acme')).toMatchObject({ verdict: 'pass', of: 400 });
    expect(await errors('bolt')).toMatchObject({ verdict: 'miss', value: 0.005, of: 200 });
  });

  it("count for the supplier whose version was told, also when another one's event told it", async () => {
    await calls({ ...acme, seq: bolt.seq }, 'accepted', 200, 60);
    expect(await errors('acme')).toMatchObject({ of: 200 });
    expect(await errors('bolt')).toMatchObject({ of: 0 });
  });

  describe('of several storefronts', () => {
    beforeEach(async () => {
      await shopAt(db.sql, 'https://shop.example', tenant);
      await shopAt(db.sql, 'https://cache.example', tenant, { name: 'cache', place: 2 });
    });

    it('are those of the worst, which is named', async () => {
      await calls(acme, 'accepted', 1_000, 60);
      await calls(acme, 'accepted', 199, 60, 'cache');
      await calls(acme, 'failed', 1, 50, 'cache');
      const reading = await errors();
      expect(reading).toMatchObject({
        ...{ verdict: 'miss', value: 0.005, of: 200 },
        storefronts: [
          { storefront: 'cache', verdict: 'miss', value: 0.005 },
          { storefront: 'shop', verdict: 'pass', value: 0 },
        ],
      });
      expect(reading.reason).toMatch(/^storefront cache: Of 200 calls/);
      expect(await errors('acme')).toMatchObject({ verdict: 'miss', value: 0.005 });
    });

    it('pass by none that was told too little', async () => {
      await calls(acme, 'accepted', 1_000, 60);
      expect(await errors()).toMatchObject({
        ...{ verdict: 'inconclusive', value: null, of: 0 },
        reason: 'storefront cache: The storefront has answered no call in the last 7 days.',
      });
      await calls(acme, 'accepted', 199, 60, 'cache');
      expect(await errors()).toMatchObject({ verdict: 'inconclusive', of: 199 });
      await calls(acme, 'accepted', 1, 6 * 86_400, 'cache');
      expect(await errors()).toMatchObject({ verdict: 'pass', value: 0, of: 200 });
    });

    it('look no further back for one than the last 20,000 calls, also where it is the only one', async () => {
      await calls(acme, 'failed', 1, 3_600, 'cache');
      await calls(acme, 'accepted', 20_000, 60);
      await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'shop'`, [tenant]);
      expect(await errors('acme')).toMatchObject({ verdict: 'inconclusive', of: 0 });
    });

    it('leave out what another one by its name was told', async () => {
      await calls(acme, 'accepted', 200, 60);
      await calls(acme, 'failed', 200, 50, 'cache');
      expect(await errors()).toMatchObject({ verdict: 'miss', of: 200 });
      await db.sql(
        `UPDATE storefront SET counts_from = (SELECT max(id) FROM publish_attempt) WHERE tenant_id = $1 AND name = 'cache'`,
        [tenant],
      );
      await calls(acme, 'accepted', 200, 40, 'cache');
      expect(await errors()).toMatchObject({ verdict: 'pass', of: 200 });
    });

    it('leave out what one was told that is closed', async () => {
      await calls(acme, 'accepted', 200, 60);
      await calls(acme, 'failed', 50, 50, 'cache');
      await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [
        tenant,
      ]);
      expect(await errors()).toMatchObject({ verdict: 'pass', of: 200 });
    });
  });
});
