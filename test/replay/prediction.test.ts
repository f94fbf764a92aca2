import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { predict, replay, settled } from '../support/replay.ts';
import { until } from '../support/until.ts';

let product: Product;
const at = seconds(1_780_000_000);

const send = (supplier: string, eventId: string, sku: string, quantity: number, later = 0) =>
  record(product.database, 'shop', supplier, [{ eventId, sku, quantity, updatedAt: at + BigInt(later) }]);
const supplier = (
  id: string,
  data: { state?: string; clockToleranceSeconds?: number; skuPattern?: string },
) => product.database.supplier.update({ where: { tenantId_id: { tenantId: 'shop', id } }, data });
/** As an event whose save was tried in vain for a day: undecided, and nobody looks after it. */
const giveUp = (eventId: string) =>
  product.sql(
    `UPDATE supplier_event SET decision = NULL, decision_no = NULL, decided_at_us = NULL, rule = NULL, version = NULL,
            lost_to_seq = NULL, item_id = NULL, start_due_us = NULL, failure_mode = 'transaction_timeout'
      WHERE event_id = $1`,
    [eventId],
  );

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex', 'closing', 'odd', 'strict']);
  await product.startWorker();
});
afterAll(() => product.close());

describe('a dry run', () => {
  it('predicts, item by item, what the replay then does; hands that altered rows are made good', async () => {
    // Right and accepted; in the second item a loser, too.
    await send('acme', 'right', 'RIGHT', 5);
    await send('acme', 'right-2', 'RIGHT-2', 5, 1);
    await send('acme', 'right-2-old', 'RIGHT-2', 9);
    // Rejected, once for good and once by a rule that is going to change.
    await send('acme', 'bad', '=1+1', 1);
    await supplier('odd', { skuPattern: '[A-Z]{50}' });
    await send('odd', 'odd-win', 'odd_1', 7, 5);
    await send('odd', 'odd-lose', 'odd_2', 7, -5);
    await send('acme', 'odd-1', 'ODD_1', 3);
    await send('acme', 'odd-2', 'ODD_2', 3);
    // To be altered by hand.
    for (const kind of ['LOWER', 'HIGHER', 'OTHER', 'GONE', 'VERSION', 'GONE-AND-NEW']) {
      await send('acme', `${kind}-1`, kind, 10);
      await send('globex', `${kind}-2`, kind, 8, 1);
    }
    // Decided under a rule that is going to be tightened: what was judged stays judged.
    await send('strict', 'ruled-out', 'RULED-OUT', 5);
    await send('strict', 'ruled-out-old', 'RULED-OUT', 6, -5);
    // Of a supplier that is going to be closed.
    await send('closing', 'closed-winner', 'CLOSED-WINNER', 4, 1);
    await send('acme', 'closed-loser', 'CLOSED-WINNER', 4);
    await send('closing', 'all-closed', 'ALL-CLOSED', 4);
    // Ties: the winner is another supplier's event than the one that made the version.
    await send('acme', 'tie-maker', 'TIE-MADE-BY-OPEN', 4);
    await send('closing', 'tie-maker', 'TIE-MADE-BY-CLOSED', 4);
    await settled(product.database);
    await send('closing', 'tie-winner', 'TIE-MADE-BY-OPEN', 4);
    await send('globex', 'tie-winner', 'TIE-MADE-BY-CLOSED', 4);
    await send('acme', 'lost', 'LOST', 4, 1);
    await settled(product.database);
    await send('odd', 'odd-win-late', 'ODD_1', 2, 9);
    await send('acme', 'given-up-lower', 'GIVEN-UP', 2, 9);
    await settled(product.database);
    await send('acme', 'given-up', 'GIVEN-UP', 4, 10);
    await send('acme', 'lost-older', 'LOST', 2);
    await send('globex', 'new', 'GONE-AND-NEW', 1, 50);
    await settled(product.database);
    product.storefront.control.rejectReason = 'no';
    await send('acme', 'refused', 'REFUSED', 2);
    await settled(product.database);
    product.storefront.control.rejectReason = null;
    await supplier('closing', { state: 'closed' });
    await send('closing', 'held', 'HELD', 2);
    await send('closing', 'held-too', 'RIGHT', 1, 90);
    await until(
      async () => (await product.database.supplierEvent.count({ where: { heldAtUs: { not: null } } })) === 2,
    );
    // What hands did, and what a day without a database left.
    await product.sql(`
      UPDATE catalog_item SET quantity = 1 WHERE item_id = 'shop:LOWER';
      UPDATE catalog_item SET quantity = 99 WHERE item_id IN ('shop:HIGHER', 'shop:RULED-OUT');
      UPDATE catalog_item i SET winner_seq = e.seq, supplier_id = e.supplier_id, event_id = e.event_id,
             quantity = e.quantity, updated_at_us = e.updated_at_us
        FROM supplier_event e WHERE e.event_id = 'OTHER-1' AND i.item_id = 'shop:OTHER';
      UPDATE catalog_item SET version = 7 WHERE item_id = 'shop:VERSION';
      DELETE FROM catalog_item WHERE item_id IN ('shop:GONE', 'shop:GONE-AND-NEW')`);
    const undo = async (eventId: string, itemId: string) => {
      await product.sql('DELETE FROM catalog_item WHERE item_id = $1', [itemId]);
      await giveUp(eventId);
      await product.sql(
        `INSERT INTO catalog_item SELECT $1, tenant_id, $2, quantity, updated_at_us, supplier_id, event_id, seq, version
           FROM supplier_event WHERE item_id = $1 AND decision = 'won' ORDER BY updated_at_us DESC LIMIT 1`,
        [itemId, itemId.slice(5)],
      );
    };
    await undo('lost-older', 'shop:LOST');
    await undo('new', 'shop:GONE-AND-NEW');
    await product.sql(`DELETE FROM catalog_item WHERE item_id = 'shop:GONE-AND-NEW'`);
    // Given up in earnest: its version never came to be.
    await product.sql(`
      UPDATE catalog_item i SET winner_seq = e.seq, event_id = e.event_id, quantity = e.quantity,
             updated_at_us = e.updated_at_us, version = 1
        FROM supplier_event e WHERE e.event_id = 'given-up-lower' AND i.item_id = 'shop:GIVEN-UP';
      DELETE FROM publish_attempt WHERE item_id = 'shop:GIVEN-UP' AND version = 2;
      DELETE FROM catalog_item_version WHERE item_id = 'shop:GIVEN-UP' AND version = 2;
      UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id = 'shop:GIVEN-UP'`);
    await giveUp('given-up');
    await supplier('odd', { skuPattern: '[A-Z0-9_]{1,9}' });
    await supplier('strict', { skuPattern: 'NOTHING' });

    const versionsBefore = new Map(
      (
        await product.sql<{ item_id: string; version: number }>(
          'SELECT item_id, max(version) AS version FROM catalog_item_version GROUP BY 1',
        )
      ).map((row) => [row.item_id, row.version]),
    );
    const unchanged = await product.sql('SELECT * FROM supplier_event ORDER BY seq');
    const { items: predicted, rejected, prediction } = await predict(product.database);
    expect(await product.sql('SELECT * FROM supplier_event ORDER BY seq')).toEqual(unchanged);
    expect(Object.fromEntries(predicted)).toEqual({
      'shop:ALL-CLOSED': 'held',
      'shop:CLOSED-WINNER': 'held',
      'shop:GIVEN-UP': 'would_win',
      'shop:GONE': 'repaired',
      'shop:GONE-AND-NEW': 'would_win',
      'shop:HELD': 'held',
      'shop:HIGHER': 'repaired',
      'shop:LOST': 'superseded',
      'shop:LOWER': 'repaired',
      'shop:ODD_1': 'would_win',
      'shop:ODD_2': 'superseded',
      'shop:OTHER': 'repaired',
      'shop:REFUSED': 'publish_only',
      'shop:RIGHT': 'already_current',
      'shop:RIGHT-2': 'already_current',
      'shop:RULED-OUT': 'repaired',
      'shop:TIE-MADE-BY-CLOSED': 'held',
      'shop:TIE-MADE-BY-OPEN': 'already_current',
      'shop:VERSION': 'repaired',
    });
    expect(rejected.map(({ sku, failureMode }) => [sku, failureMode])).toEqual([['=1+1', 'malformed_sku']]);

    const { items, status, id } = await replay(product.database);
    expect(status).toMatchObject({ state: 'completed', events: { total: prediction.events, failed: 0 } });
    expect(Object.fromEntries(items.map(({ itemId, outcome }) => [itemId, outcome]))).toEqual(
      Object.fromEntries(predicted),
    );
    expect(status.items.outcomes).toEqual(prediction.items);
    expect(status.events.outcomes.rejected).toBe(prediction.rejected);

    // Every item is what the ledger says, and what was wrong has a version above all before.
    expect(
      await product.sql(`
        SELECT i.item_id FROM catalog_item i JOIN supplier_event e ON e.seq = true_winner(i.item_id)
         WHERE (i.winner_seq, i.quantity, i.updated_at_us) IS DISTINCT FROM (e.seq, e.quantity, e.updated_at_us)`),
    ).toEqual([]);
    for (const { itemId, changed, versionAfter, outcome, publication } of items) {
      const before = versionsBefore.get(itemId);
      if (changed) expect(versionAfter).toBeGreaterThan(before ?? 0);
      else if (before !== undefined) expect(versionAfter).toBe(before);
      if (outcome !== 'held') expect(publication).toBe('accepted');
      const attempts = await product.database.publishAttempt.count({ where: { replayId: id, itemId } });
      expect([itemId, attempts]).toEqual([itemId, outcome === 'held' ? 0 : 1]);
      if (outcome === 'held') continue;
      const shown = await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(itemId)}`);
      const row = await product.database.catalogItem.findUniqueOrThrow({ where: { itemId } });
      expect(await shown.json()).toEqual({ quantity: row.quantity, version: row.version });
    }

    // Done again, nothing is left to change.
    const again = await predict(product.database);
    expect(new Set(again.items.values())).toEqual(new Set(['already_current', 'held']));
  });

  it('of a closed tenant is possible, and says that all is held', async () => {
    await product.database.tenant.update({ where: { id: 'shop' }, data: { state: 'closed' } });
    const { items } = await predict(product.database);
    expect(new Set(items.values())).toEqual(new Set(['held']));
    await expect(replay(product.database)).rejects.toThrow(/closed/);
  });
});
