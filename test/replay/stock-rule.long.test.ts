import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { readTenantStockRule } from '../../src/flags/stock-rule.ts';
import { cancelReplay } from '../../src/replay/cancel-replay.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, settled } from '../support/replay.ts';
import { changeRule, predictRule, traceGaps } from '../support/stock-rule.ts';
import { until } from '../support/until.ts';

const ITEMS = 200;
/** Of these, events go on arriving. */
const BUSY = 40;
const at = seconds(1_780_000_000);

let product: Product;
const sku = (no: number) => `ITEM-${String(no).padStart(4, '0')}`;
const event = (no: number, eventId: string, quantity: number, later: number, location?: string) => ({
  ...{ eventId: `${eventId}-${no}`, sku: sku(no), quantity, updatedAt: at + BigInt(later), location },
});
const shownItems = () =>
  product.sql<{ item_id: string; quantity: number; comes_to: number; lead_is_right: boolean }>(
    `SELECT i.item_id, i.quantity, s.quantity AS comes_to, i.winner_seq = s.lead_seq AS lead_is_right
       FROM catalog_item i JOIN tenant t ON t.id = i.tenant_id
      CROSS JOIN LATERAL item_stock(i.item_id, t.stock_rule_id) s`,
  );

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex', 'initech']);
  await product.startWorker();
  const all = Array.from({ length: ITEMS }, (_, no) => no);
  await record(
    product.database,
    'shop',
    'acme',
    all.map((no) => event(no, 'a', no % 7, 0)),
  );
  await record(
    product.database,
    'shop',
    'globex',
    all.filter((no) => no % 3 > 0).map((no) => event(no, 'g', no % 5, no % 2)),
  );
  await settled(product.database);
});
afterAll(() => product.close());

describe('a change of the stock rule', () => {
  it('under traffic does to each item what was predicted, with complete traces at every moment', async () => {
    const predicted = await predictRule(product.database, { rule: 'sum', reserve: 1 });
    expect(predicted.size).toBeGreaterThan(100);
    expect(await product.database.stockRule.count()).toBe(1);

    const id = String(await changeRule(product.database, { rule: 'sum', reserve: 1 }));
    let goesOn = true;
    const gaps = new Set<string>();
    const watching = (async () => {
      while (goesOn) {
        for (const gap of await traceGaps(product.database)) gaps.add(gap);
        await sleep(200);
      }
    })();
    for (let round = 1; round <= 10; round += 1) {
      const busy = Array.from({ length: BUSY }, (_, no) => no);
      await record(
        product.database,
        'shop',
        round % 2 ? 'initech' : 'acme',
        busy.map((no) =>
          event(no, `r${round}`, (no + round) % 9, round % 3 ? round : -round, round % 4 ? '' : 'north'),
        ),
      );
    }
    const { status, items } = await follow(product.database, id);
    await settled(product.database);
    goesOn = false;
    await watching;

    expect([...gaps]).toEqual([]);
    expect(status).toMatchObject({
      state: 'completed',
      stockRule: 'sum; 1 kept back',
      events: { failed: 0 },
    });
    const done = new Map(items.map((item) => [item.itemId, item]));
    const shown = new Map((await shownItems()).map((row) => [row.item_id, row]));
    for (let no = BUSY; no < ITEMS; no += 1) {
      const itemId = `shop:${sku(no)}`;
      const want = predicted.get(itemId);
      expect([itemId, done.get(itemId)?.outcome]).toEqual([itemId, want && 'repaired']);
      if (want) expect([itemId, shown.get(itemId)?.quantity]).toEqual([itemId, want.after]);
    }
    for (const row of shown.values())
      expect(row).toMatchObject({ quantity: row.comes_to, lead_is_right: true });
    for (const [itemId, { quantity }] of shown) {
      const shop = await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(itemId)}`);
      expect([itemId, await shop.json()]).toEqual([itemId, expect.objectContaining({ quantity })]);
    }
    expect(await readTenantStockRule(product.database, 'shop')).toMatchObject({ before: null, change: null });
    expect((await predictRule(product.database, { rule: 'sum', reserve: 1 })).size).toBe(0);
    expect(await traceGaps(product.database)).toEqual([]);
  });

  it('waits for the one before, which nobody can cancel', async () => {
    await product.stopWorkers();
    const first = String(await changeRule(product.database, { rule: 'lowest' }));
    expect(await changeRule(product.database, { rule: 'priority', order: ['globex'] })).toBeUndefined();
    expect((await readTenantStockRule(product.database, 'shop')).change).toEqual({ replayId: first });
    await expect(cancelReplay(product.database, first, 'test')).rejects.toThrow(/change\nthe rule back/);
    // As by a hand, which goes round the command.
    await product.sql(`SELECT end_replay($1, 'cancelled')`, [first]);
    expect((await product.database.replay.findUniqueOrThrow({ where: { id: first } })).state).toBe('running');
    await product.startWorker();
    expect((await follow(product.database, first)).status.state).toBe('completed');
    const second = String(await changeRule(product.database, { rule: 'priority', order: ['globex'] }));
    expect((await follow(product.database, second)).status.state).toBe('completed');
    for (const row of await shownItems()) expect(row.quantity).toBe(row.comes_to);
    expect(await traceGaps(product.database)).toEqual([]);
  });

  it('goes on when Temporal has lost its workflow', async () => {
    await product.stopWorkers();
    const id = String(await changeRule(product.database, { rule: 'sum' }));
    await product.startWorker({ leaseSeconds: 1 });
    const workflow = product.client.workflow.getHandle(`replay:${id}`);
    await until(async () => (await workflow.describe().catch(() => undefined)) !== undefined);
    await workflow.terminate('lost').catch(() => undefined);
    expect((await follow(product.database, id)).status.state).toBe('completed');
    expect((await readTenantStockRule(product.database, 'shop')).before).toBeNull();
  });

  it('is carried out for what closed flags hold back, and told when they open', async () => {
    await product.database.tenant.update({ where: { id: 'shop' }, data: { state: 'closed' } });
    const predicted = await predictRule(product.database, {});
    const id = String(await changeRule(product.database, {}));
    const { status, items } = await follow(product.database, id);
    expect(status.state).toBe('completed');
    expect(new Set(items.map(({ publication }) => publication))).toEqual(new Set(['withheld']));
    expect(items.length).toBe(predicted.size);
    expect((await product.database.tenant.findUniqueOrThrow({ where: { id: 'shop' } })).stockRuleId).toBe(0);

    await product.database.tenant.update({ where: { id: 'shop' }, data: { state: 'open' } });
    await until(
      async () =>
        (await product.database.catalogItemVersion.count({
          where: { publication: { in: ['due', 'withheld'] } },
        })) === 0,
    );
    for (const { item_id: itemId, quantity, comes_to: want } of await shownItems()) {
      expect(quantity).toBe(want);
      const shop = await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(itemId)}`);
      expect([itemId, await shop.json()]).toEqual([itemId, expect.objectContaining({ quantity })]);
    }
    expect(await traceGaps(product.database)).toEqual([]);
  });
});
