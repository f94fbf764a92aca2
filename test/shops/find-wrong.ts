import { foldFeed } from '../support/faults/oracle.ts';
import type { FeedEvent } from '../support/faults/feed.ts';
import type { FaultProduct } from '../support/faults/product.ts';
import type { Shelf, Shop } from './shop.ts';

/** What was checked, and a line for each thing that is not as it has to be. */
export interface Finding {
  what: string;
  wrong: string[];
}

interface Version {
  item_id: string;
  version: number;
  quantity: number;
}

/** Holds a settled catalog against the events that were acknowledged, by the oracle's reading of them alone. */
export async function findWrongCatalog(
  product: FaultProduct,
  events: readonly FeedEvent[],
): Promise<{ finding: Finding; items: Map<string, Version> }> {
  const rows = await product.sql<Version>('SELECT item_id, version, quantity FROM catalog_item');
  const items = new Map(rows.map((row) => [row.item_id, row]));
  const winners = foldFeed(events);
  const wrong = [...winners].flatMap(([itemId, { quantity }]) => {
    const item = items.get(itemId);
    return item?.quantity === quantity
      ? []
      : [`${itemId}: the catalog says ${item?.quantity}, the oracle ${quantity}`];
  });
  for (const itemId of items.keys()) if (!winners.has(itemId)) wrong.push(`${itemId} comes from no event`);
  return { finding: { what: `${winners.size} items: catalog = oracle`, wrong }, items };
}

/** Holds a shop against the catalog, by the shop's own admin API. */
export async function findWrongShop(
  product: FaultProduct,
  shop: Shop,
  items: ReadonlyMap<string, Version>,
): Promise<{ findings: Finding[]; movements: number }> {
  const shelves = await shop.read();
  const wrong: string[] = [];
  for (const [itemId, { version, quantity }] of items) {
    const shelf = shelves.get(itemId.slice(itemId.indexOf(':') + 1));
    if (shelf?.quantity !== quantity || shelf.version !== version) {
      const there = shelf && `${shelf.quantity} of version ${shelf.version}`;
      wrong.push(`${itemId}: the shop says ${there}, the catalog ${quantity} of version ${version}`);
    }
  }
  const findings = [{ what: `${items.size} items: ${shop.name} = catalog, quantity and version`, wrong }];
  const ledgers = [...shelves].filter(([, { after }]) => after);
  if (ledgers.length === 0) return { findings, movements: 0 };
  findings.push(await findWrongMovements(product, ledgers));
  return { findings, movements: ledgers.reduce((sum, [, { after = [] }]) => sum + after.length, 0) };
}

/**
 * A shop's movements come to its stock, and go through nothing but quantities of our versions, in the order of those: none
 * is set again after a newer one.
 */
async function findWrongMovements(
  product: FaultProduct,
  ledgers: readonly (readonly [sku: string, shelf: Shelf])[],
): Promise<Finding> {
  const rows = await product.sql<Version>(
    'SELECT item_id, version, quantity FROM catalog_item_version ORDER BY item_id, version',
  );
  const wrong: string[] = [];
  let movements = 0;
  for (const [sku, { after = [], quantity }] of ledgers) {
    movements += after.length;
    if ((after.at(-1) ?? 0) !== quantity)
      wrong.push(`${sku}: movements come to ${after.at(-1)}, not ${quantity}`);
    const versions = rows.filter(({ item_id: id }) => id.endsWith(`:${sku}`));
    let at = 0;
    for (const [no, stock] of after.entries()) {
      const next = versions.findIndex((one, index) => index >= at && one.quantity === stock);
      if (next === -1)
        wrong.push(`${sku}: movement ${no + 1} leads to ${stock}, of no version as new as before`);
      else at = next;
    }
  }
  return { what: `${movements} stock movements come to the stock, version after version`, wrong };
}
