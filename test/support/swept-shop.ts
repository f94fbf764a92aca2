import { pushStorefront, type PushStorefront } from './push-storefront.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { openTenant } from './flags.ts';
import { record } from './record.ts';
import { advanceSweep } from '../../src/sweep/advance-sweep.ts';
import { requestSweep } from '../../src/sweep/request-sweep.ts';
import type { SweepStep } from '../../src/domain/sweep.ts';
import { seconds } from '../../src/domain/time.ts';
import { swept, type Swept } from './sweep.ts';
import { shopAt } from './shop-at.ts';

/** A tenant `shop` with a storefront, and sweeps that are carried on by hand: no worker runs. */
export interface SweptShop extends TestDatabase {
  shop: PushStorefront;
  /** Decides events of these SKUs, and puts what they made on the shelf: `accepted`, unless told otherwise. */
  add(skus: readonly string[], publication?: string): Promise<void>;
  request(options?: { repair?: boolean; rate?: number }): Promise<string>;
  /** Carries a sweep on once. */
  advance(sweepId: string, attempt?: number): Promise<SweepStep>;
  /** Carries one on to its end. */
  sweep(options?: { repair?: boolean; rate?: number }): Promise<Swept>;
  close(): Promise<void>;
}

export async function sweptShop(): Promise<SweptShop> {
  const db = await testDatabase();
  const shop = await pushStorefront();
  await openTenant(db.database, 'shop', ['acme']);
  await shopAt(db.sql, shop.url);
  let at = seconds(1_780_000_000);

  const request: SweptShop['request'] = ({ repair = false, rate = 2_000 } = {}) =>
    requestSweep(db.database, { tenant: 'shop', repair, rate, requestedBy: 'test' });
  const advance: SweptShop['advance'] = (sweepId, attempt = 1) =>
    advanceSweep(db.database, sweepId, {
      defaultStorefrontUrl: undefined,
      endsAt: performance.now() + 1_000,
      beat: () => undefined,
      attempt,
    });
  return {
    ...db,
    shop,
    request,
    advance,
    add: async (skus, publication = 'accepted') => {
      at += 1n;
      const events = skus.map((sku) => ({ eventId: `${sku}-${at}`, sku, quantity: 5, updatedAt: at }));
      await record(db.database, 'shop', 'acme', events);
      await db.sql(
        `SELECT count(*) FROM (SELECT seq, sku FROM supplier_event WHERE decision IS NULL) e
          CROSS JOIN LATERAL save_catalog_item(e.seq, 'shop:' || e.sku, e.sku, NULL)`,
      );
      await db.sql('UPDATE supplier_event SET start_due_us = NULL');
      await db.sql(`UPDATE catalog_item_version SET publication = $1 WHERE publication = 'due'`, [
        publication,
      ]);
      if (publication !== 'accepted') return;
      for (const sku of skus) {
        const version = (shop.shelf.get(`shop:${sku}`)?.version ?? 0) + 1;
        shop.shelf.set(`shop:${sku}`, { version, quantity: 5 });
      }
    },
    sweep: async (options) => {
      const id = await request(options);
      while ((await advance(id)).state === 'running');
      return swept(db.database, id);
    },
    close: async () => {
      await shop.close();
      await db.drop();
    },
  };
}
