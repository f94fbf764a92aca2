import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedRunWorkflowId } from '../../src/domain/identity.ts';
import { hasEnded } from '../../src/domain/feed-run.ts';
import { approveRun, refuseRun } from '../../src/feed/run/decide-run.ts';
import { feedOf, handIn, openShop, statusOf, TENANT } from '../feed/run/run-world.ts';
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

/** What the storefront itself answers of each item, and how often it was told of any. */
async function onTheStorefront(): Promise<{ shown: unknown[]; told: number }> {
  const shown: unknown[] = [];
  for (let no = 0; no < 10; no += 1) {
    const answer = await fetch(`${product.storefrontUrl}/items/${TENANT}:ITEM-${no}`);
    shown.push([answer.status, await answer.json()]);
  }
  return { shown, told: await product.database.publishAttempt.count() };
}

const ended = (runId: string) =>
  until(async () => {
    const status = await statusOf(product, runId);
    return (status.state === 'held' || hasEnded(status.state)) && status;
  }, 90_000);

describe('a file through a feed', () => {
  it('reaches the storefront, and what a later snapshot does not name is 0 there', async () => {
    await feedOf(product, 'small', FEED);
    const first = await handIn(product, 'small', of(10, 4, '2026-11-20T06:00:00Z'));
    expect((await ended(first.runId)).state).toBe('completed');
    await settled(product.database);
    const next = await handIn(product, 'small', of(9, 5, '2026-11-21T06:00:00Z'));
    expect(await ended(next.runId)).toMatchObject({ state: 'completed', events: { accepted: 9, zeroed: 1 } });
    await settled(product.database);
    const items = await product.database.catalogItem.findMany({ orderBy: { sku: 'asc' } });
    expect(items.map(({ quantity }) => quantity)).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 5, 0]);
  });

  it.each([
    ['empty', ''],
    ['a header alone', 'sku,qty,at\n'],
    ['half', of(4, 5, '2026-11-22T05:00:00Z')],
    ['all zero', of(10, 0, '2026-11-22T05:00:00Z')],
    ['with its columns swapped', of(10, 5, '2026-11-22T05:00:00Z').replace('sku,qty', 'qty,sku')],
    ['without a column', of(10, 5, '2026-11-22T05:00:00Z').replace('qty', 'stock')],
  ])(
    'that is %s is held, and changes nothing on the storefront, also when it is refused',
    async (_, content) => {
      const before = await onTheStorefront();
      expect(before.shown).toContainEqual([200, { quantity: 5, version: 2 }]);
      const { runId } = await handIn(product, 'small', content);
      expect(await ended(runId)).toMatchObject({ state: 'held', rows: { recorded: 0 } });
      await settled(product.database);
      expect(await onTheStorefront()).toEqual(before);
      await refuseRun(product.as('operator'), {
        tenant: TENANT,
        runId,
        by: { actor: 'ann', reason: 'broken' },
      });
      expect((await ended(runId)).state).toBe('refused');
      await settled(product.database);
      expect(await onTheStorefront()).toEqual(before);
    },
  );

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
    await product.startWorker({ leaseSeconds: 2 });
    expect(await ended(runId)).toMatchObject({
      ...{ state: 'completed', rows: { read: 1_200, recorded: 1_200 } },
      events: { accepted: 1_200, duplicate: 0 },
    });
  });

  it('that was approved is what the storefront shows in the end', async () => {
    await settled(product.database);
    const { shown } = await onTheStorefront();
    expect(shown.map((one) => (one as [number, { quantity: number }])[1].quantity)).toEqual(
      Array(10).fill(0),
    );
  });
});
