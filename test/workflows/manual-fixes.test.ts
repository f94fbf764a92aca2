import { afterAll, beforeAll, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { readBack } from '../../src/storefront/read-back.ts';
import { checkHistories } from '../../src/trace/check-histories.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import { WEB_UI } from '../trace/story.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { replay, settled } from '../support/replay.ts';

let product: Product;
const at = seconds(1_780_000_000);
const by = { actor: 'ada', reason: 'recounted' };
const itemId = 'shop:CHAIR-01';

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await product.startWorker();
});
afterAll(() => product?.close());

const shown = () => readBack({ storefrontUrl: product.storefrontUrl, itemId, timeoutMs: 5_000 });
const send = (eventId: string, quantity: number, second: number) =>
  record(product.database, 'shop', 'acme', [
    { eventId, sku: 'CHAIR-01', quantity, updatedAt: at + seconds(second) },
  ]);

it('reach the storefront, and a replay of them changes nothing', async () => {
  await send('a', 1, 1);
  await settled(product.database);
  await send('c', 3, 3);
  await settled(product.database);
  await send('b', 2, 2);
  await settled(product.database);
  expect(await shown()).toEqual({ quantity: 3, version: 2 });

  // The workflow of a loser runs again, to publish what it has won after all.
  const { eventId } = await voidEvent(product.database, {
    tenant: 'shop',
    supplier: 'acme',
    eventId: 'c',
    ...by,
  });
  await settled(product.database);
  expect(await shown()).toEqual({ quantity: 2, version: 3 });

  const corrected = await correctItem(product.database, {
    tenant: 'shop',
    sku: 'CHAIR-01',
    quantity: 9,
    ...by,
  });
  await settled(product.database);
  expect(await shown()).toEqual({ quantity: 9, version: 4 });

  const rows = () => product.sql('SELECT * FROM catalog_item_version ORDER BY version');
  const before = await rows();
  const { status, items } = await replay(product.database);
  expect(status).toMatchObject({ state: 'completed', events: { total: 5, done: 5, failed: 0 } });
  expect(items).toMatchObject([{ itemId, outcome: 'already_current', publication: 'accepted' }]);
  expect(await rows()).toEqual(before);

  const [found] = await findTraces(product.database, { key: itemId }, WEB_UI);
  if (!found) throw new Error('no trace');
  const { events, versions, replays } = await checkHistories(product.client, found.trace, {
    timeoutMs: 20_000,
  });
  expect(events.map((event) => [event.eventId, event.outcome, event.workflowHistory])).toEqual([
    [corrected.eventId, 'won', 'kept'],
    [eventId, 'applied', 'kept'],
    ['b', 'superseded', 'kept'],
    ['c', 'voided', 'kept'],
    ['a', 'superseded', 'kept'],
  ]);
  expect(versions.map(({ publication }) => publication).slice(0, 2)).toEqual(['accepted', 'accepted']);
  expect(replays).toMatchObject([{ outcome: 'already_current', workflowHistory: 'kept' }]);
});

it('a replay puts right by the ledger what a hand altered, voided events left out', async () => {
  await nameTheVoidedEvent();
  const { items } = await replay(product.database);
  expect(items).toMatchObject([{ itemId, outcome: 'repaired' }]);
  const item = await product.database.catalogItem.findUniqueOrThrow({ where: { itemId } });
  expect(item).toMatchObject({ quantity: 9, supplierId: 'manual', version: 5 });
  expect(await shown()).toEqual({ quantity: 9, version: 5 });
});

async function nameTheVoidedEvent(): Promise<void> {
  const voided = await product.database.supplierEvent.findFirstOrThrow({ where: { eventId: 'c' } });
  await product.sql(
    'UPDATE catalog_item SET quantity = 3, event_id = $1, supplier_id = $2, winner_seq = $3',
    ['c', 'acme', voided.seq],
  );
}
