import { afterAll, beforeAll, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, predict, replay, settled } from '../support/replay.ts';
import { changeRule, traceGaps } from '../support/stock-rule.ts';

let product: Product;
const at = seconds(1_780_000_000);

const send = (supplier: string, eventId: string, sku: string, quantity: number, later = 0, location = '') =>
  record(product.database, 'shop', supplier, [
    { eventId, sku, quantity, updatedAt: at + BigInt(later), location },
  ]);
/** As an event whose save was tried in vain for a day: undecided, and its item as it was before. */
const giveUp = async (eventId: string) => {
  const [event] = await product.sql<{ item_id: string; version: number | null; seq: string }>(
    'SELECT item_id, version, seq FROM supplier_event WHERE event_id = $1',
    [eventId],
  );
  await product.sql(
    `UPDATE supplier_event SET decision = NULL, decision_no = NULL, decided_at_us = NULL, rule = NULL, version = NULL,
            lost_to_seq = NULL, beat_seq = NULL, item_id = NULL, stock_rule_id = NULL, start_due_us = NULL,
            failure_mode = 'transaction_timeout'
      WHERE event_id = $1`,
    [eventId],
  );
  await product.sql(
    `DELETE FROM publish_attempt a USING catalog_item_version v
      WHERE v.item_id = a.item_id AND v.version = a.version AND v.event_seq = $1`,
    [event?.seq],
  );
  await product.sql('DELETE FROM catalog_item WHERE item_id = $1', [event?.item_id]);
  await product.sql('DELETE FROM catalog_item_version WHERE event_seq = $1', [event?.seq]);
  await product.sql(`UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id = $1`, [
    event?.item_id,
  ]);
  await product.sql(
    `INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
     SELECT $1, 'shop', split_part($1, ':', 2), s.quantity, e.updated_at_us, e.supplier_id, e.event_id, e.seq, v.version
       FROM tenant t CROSS JOIN LATERAL item_stock($1, t.stock_rule_id) s
       JOIN supplier_event e ON e.seq = s.lead_seq
       JOIN (SELECT max(version) AS version FROM catalog_item_version WHERE item_id = $1) v ON true
      WHERE t.id = 'shop'`,
    [event?.item_id],
  );
};

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await product.startWorker();
});
afterAll(() => product.close());

it('a dry run predicts item by item what the replay does where shares are weighed', async () => {
  await follow(product.database, String(await changeRule(product.database, { rule: 'sum' })));
  for (const name of ['RIGHT', 'OWN-PLACE', 'OLDER-THERE', 'NEW-PLACE', 'ALTERED']) {
    await send('acme', `a-${name}`, name, 5, 10);
    await send('globex', `g-${name}`, name, 3, 5);
  }
  await settled(product.database);
  // Newer than what its supplier said there, though older than another's.
  await send('globex', 'own-place', 'OWN-PLACE', 4, 7);
  await send('globex', 'older-there', 'OLDER-THERE', 4, 3);
  await send('globex', 'new-place', 'NEW-PLACE', 4, 1, 'north');
  await settled(product.database);
  await giveUp('own-place');
  await giveUp('older-there');
  await giveUp('new-place');
  await product.sql(`UPDATE catalog_item SET quantity = 99 WHERE item_id = 'shop:ALTERED'`);

  const { items: predicted, prediction } = await predict(product.database);
  expect(Object.fromEntries(predicted)).toEqual({
    'shop:ALTERED': 'repaired',
    'shop:NEW-PLACE': 'would_win',
    'shop:OLDER-THERE': 'superseded',
    'shop:OWN-PLACE': 'would_win',
    'shop:RIGHT': 'already_current',
  });
  const { items, status } = await replay(product.database);
  expect(Object.fromEntries(items.map(({ itemId, outcome }) => [itemId, outcome]))).toEqual(
    Object.fromEntries(predicted),
  );
  expect(status.items.outcomes).toEqual(prediction.items);
  const rows = await product.database.catalogItem.findMany({ orderBy: { itemId: 'asc' } });
  expect(rows.map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ['ALTERED', 8],
    ['NEW-PLACE', 12],
    ['OLDER-THERE', 8],
    ['OWN-PLACE', 9],
    ['RIGHT', 8],
  ]);
  expect(await traceGaps(product.database)).toEqual([]);
});

it('predicts the end of a figure that waits', async () => {
  await send('acme', 'ends', 'ENDS', 5);
  await settled(product.database);
  await product.stopWorkers();
  await product.sql(`UPDATE supplier SET figure_expires_us = 1 WHERE id = 'acme' AND tenant_id = 'shop'`);
  await product.sql('SELECT expire_figures(1000)');
  await product.sql(`UPDATE supplier SET figure_expires_us = NULL`);
  await product.sql(
    `UPDATE supplier_event SET start_due_us = NULL, failure_mode = 'transaction_timeout' WHERE kind = 'expiry'`,
  );
  await product.startWorker();
  const { items: predicted } = await predict(product.database, { sku: 'ENDS' });
  expect(Object.fromEntries(predicted)).toEqual({ 'shop:ENDS': 'would_win' });
  const { items } = await replay(product.database, { sku: 'ENDS' });
  expect(items).toMatchObject([
    { itemId: 'shop:ENDS', outcome: 'would_win', changed: true, versionAfter: 2 },
  ]);
  expect(
    (await product.database.catalogItem.findUniqueOrThrow({ where: { itemId: 'shop:ENDS' } })).quantity,
  ).toBe(0);
});
