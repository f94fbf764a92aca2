import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedRunWorkflowId } from '../../src/domain/identity.ts';
import { hasEnded } from '../../src/domain/feed-run.ts';
import { approveRun, refuseRun } from '../../src/feed/run/decide-run.ts';
import { setFeed } from '../../src/feed/store/set-feed.ts';
import { BY, feedOf, handIn, KEYS, openShop, statusOf, TENANT } from '../feed/run/run-world.ts';
import { testProduct, type Product } from '../support/product.ts';
import { settled } from '../support/replay.ts';
import { until } from '../support/until.ts';

const FEED = 'columns: { sku: sku, quantity: qty, updatedAt: at }\nkind: snapshot\n';
let product: Product;

beforeAll(async () => {
  product = await testProduct();
  await openShop(product);
  await product.startWorker({ leaseSeconds: 2 });
});
afterAll(() => product?.close());

const of = (count: number, quantity: number, at: string): string =>
  `sku,qty,at\n${Array.from({ length: count }, (_, no) => `ITEM-${no},${quantity},${at}\n`).join('')}`;

/** What the storefront itself answers of each item of bolt's, and how often it was told of any. */
async function onTheStorefront(): Promise<{ shown: unknown[]; told: number }> {
  const shown: unknown[] = [];
  for (let no = 0; no < 10; no += 1) {
    const answer = await fetch(`${product.storefrontUrl}/items/${TENANT}:BOLT-${no}`);
    shown.push(await answer.json());
  }
  return { shown, told: await product.database.publishAttempt.count() };
}

const ended = (runId: string) =>
  until(async () => {
    const status = await statusOf(product, runId);
    return (status.state === 'held' || hasEnded(status.state)) && status;
  }, 90_000);

describe('a broken export', () => {
  const by = { actor: 'ann', reason: 'looked at' };
  const ofBolt = (count: number, quantity: number, day: number) =>
    of(count, quantity, `2026-11-${day}T06:00:00Z`).replaceAll('ITEM-', 'BOLT-');
  const decided = { tenant: TENANT, by };
  const tenOf = (shown: object) => Array.from({ length: 10 }, () => shown);

  beforeAll(async () => {
    await product.database.supplier.create({ data: { tenantId: TENANT, id: 'bolt', state: 'open' } });
    const text = `feed: bolts\nsupplier: bolt\nsource: { upload: {} }\n${FEED}`;
    await setFeed(product.as('operator'), async () => KEYS, { tenant: TENANT, text, by: BY });
    const { runId } = await handIn(product, 'bolts', ofBolt(10, 5, 20));
    await ended(runId);
    await settled(product.database);
  }, 120_000);

  it.each([
    ['empty', '', 'fewest'],
    ['a header alone', 'sku,qty,at\n', 'fewest'],
    ['half', ofBolt(4, 5, 21), 'lost'],
    ['all zero', ofBolt(10, 0, 21), 'allZero'],
    ['with its columns swapped', ofBolt(10, 5, 21).replace('sku,qty', 'qty,sku'), 'refused'],
    ['without a column', ofBolt(10, 5, 21).replace('qty', 'stock'), 'columns'],
  ])(
    'that is %s is held, and changes nothing on the storefront, also when it is refused',
    async (_, content, guard) => {
      const before = await onTheStorefront();
      expect(before.shown).toEqual(tenOf({ quantity: 5, version: 1 }));
      const { runId } = await handIn(product, 'bolts', content);
      const held = await ended(runId);
      expect(held).toMatchObject({ state: 'held', rows: { recorded: 0 } });
      expect(held.reasons.map((reason) => reason.guard)).toContain(guard);
      await settled(product.database);
      expect(await onTheStorefront()).toEqual(before);
      await refuseRun(product.as('operator'), { ...decided, runId });
      expect((await ended(runId)).state).toBe('refused');
      await settled(product.database);
      expect(await onTheStorefront()).toEqual(before);
    },
  );

  it('that is right after all is on the storefront once it is approved', async () => {
    const { runId } = await handIn(product, 'bolts', ofBolt(10, 0, 22));
    expect((await ended(runId)).state).toBe('held');
    await approveRun(product.as('operator'), { ...decided, runId });
    await until(async () => (await statusOf(product, runId)).state === 'completed');
    await settled(product.database);
    expect((await onTheStorefront()).shown).toEqual(tenOf({ quantity: 0, version: 2 }));
  });
});

describe('a file through a feed', () => {
  it('reaches the storefront, and what a later snapshot does not name is 0 there', async () => {
    await feedOf(product, 'small', FEED);
    const first = await handIn(product, 'small', of(10, 4, '2026-11-20T06:00:00Z'));
    expect((await ended(first.runId)).state).toBe('completed');
    await settled(product.database);
    const next = await handIn(product, 'small', of(9, 5, '2026-11-21T06:00:00Z'));
    expect(await ended(next.runId)).toMatchObject({ state: 'completed', events: { accepted: 9, zeroed: 1 } });
    await settled(product.database);
    const items = await product.database.catalogItem.findMany({
      where: { sku: { startsWith: 'ITEM-' } },
      orderBy: { sku: 'asc' },
    });
    expect(items.map(({ quantity }) => quantity)).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 5, 0]);
  });

  it('waits where it is held, and goes on when it is approved', async () => {
    const held = await handIn(product, 'small', of(10, 0, '2026-11-22T06:00:00Z'));
    expect((await ended(held.runId)).state).toBe('held');
    const handle = product.client.workflow.getHandle(
      feedRunWorkflowId({ tenant: TENANT, feed: 'small', id: held.runId }),
    );
    await handle.result();
    await approveRun(product.as('operator'), {
      tenant: TENANT,
      runId: held.runId,
      by: { actor: 'ann', reason: 'sold out' },
    });
    expect(await until(async () => (await statusOf(product, held.runId)).state === 'completed')).toBe(true);
  });

  it('comes once, row by row, though its workflow and its worker are lost in its middle', async () => {
    // A supplier who names other items all at once would be held.
    await feedOf(product, 'large', FEED.replace('kind: snapshot', 'guards: { unheard: 100% }'));
    // Its end has to come after the loss: a worker that stops has 6 s.
    await product.sql(`
      CREATE FUNCTION slow_rows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(7); RETURN NEW; END $$;
      CREATE TRIGGER slow_rows BEFORE UPDATE OF recorded_rows ON feed_run
        FOR EACH ROW WHEN (OLD.recorded_rows > 0) EXECUTE FUNCTION slow_rows()`);
    const { runId } = await handIn(
      product,
      'large',
      of(1_200, 3, '2026-11-23T06:00:00Z').replaceAll('ITEM-', 'LARGE-'),
    );
    const handle = product.client.workflow.getHandle(
      feedRunWorkflowId({ tenant: TENANT, feed: 'large', id: runId }),
    );
    await until(async () => (await statusOf(product, runId)).rows.recorded > 0);
    await handle.terminate('lost');
    await product.stopWorkers();
    expect((await statusOf(product, runId)).rows.recorded).toBeLessThan(1_200);
    await product.sql('DROP TRIGGER slow_rows ON feed_run');
    await product.startWorker({ leaseSeconds: 2 });
    expect(await ended(runId)).toMatchObject({
      ...{ state: 'completed', rows: { read: 1_200, recorded: 1_200 } },
      events: { accepted: 1_200, duplicate: 0 },
    });
  });
});
