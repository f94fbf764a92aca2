import { expect } from 'vitest';
import type { StockRule } from '../../src/domain/stock.ts';
import type { TestDatabase } from './database.ts';
import { stockOracle, type Happened } from './stock-oracle.ts';
import type { RecordedItem } from './stock-shop.ts';

interface Share {
  supplier: string;
  location: string;
  eventId: string;
  counts: boolean;
  why: string;
  behind?: string;
}

/** Holds all that the database says of an item to the naive reading of what happened. */
export async function expectOutcome(
  db: TestDatabase,
  item: RecordedItem,
  rule: StockRule,
  events: readonly Happened[],
): Promise<void> {
  const expected = stockOracle(rule, events);
  if (!expected) throw new Error('nothing stands for the item');
  const nameOf = ({ supplier, eventId }: Pick<Happened, 'supplier' | 'eventId'>) =>
    `${supplier}/${item.prefix}${eventId}`;
  const shares = expected.shares.map(({ event, why, behind }) => ({
    name: nameOf(event),
    location: event.location,
    counts: why === 'counts' || why === 'corrects',
    why,
    behind,
  }));
  const said = {
    quantity: expected.quantity,
    updatedAtUs: expected.updatedAtUs,
    lead: nameOf(expected.lead),
  };
  const weighed = await weighedItem(db, item);
  expect(weighed).toEqual({ row: said, version: said, ledger: said, stock: expected.stock, shares });
  const counting = new Set(shares.filter(({ counts }) => counts).map(({ name }) => name));
  expect(await outcomesOf(db, item)).toEqual(
    new Map(
      events.map((event) => [
        nameOf(event),
        event.voided ? 'voided' : counting.has(nameOf(event)) ? 'won' : 'superseded',
      ]),
    ),
  );
  await expectExplained(db, item.itemId);
}

/** No trace of the item's lacks anything but a storefront, and each of its versions follows from its shares. */
export async function expectExplained(db: TestDatabase, itemId: string): Promise<void> {
  const faults = await db.sql(
    `WITH asked AS MATERIALIZED (SELECT gap FROM item_gap($1))
     SELECT e.event_id, t.gap FROM supplier_event e CROSS JOIN asked CROSS JOIN LATERAL trace_gap(e.seq, asked.gap) t
      WHERE e.item_id = $1 AND e.decision IS NOT NULL AND t.gap IS NOT NULL AND t.gap <> 'unpublished'
      UNION ALL
     SELECT 'version ' || v.version, 'shares' FROM catalog_item_version v
      CROSS JOIN LATERAL weigh_stock(v.stock_rule_id, v.shares) w
      CROSS JOIN LATERAL (SELECT (x ->> 'updatedAtUs')::bigint AS updated_at_us FROM jsonb_array_elements(v.shares) x
                           WHERE (x ->> 'seq')::bigint = w.lead_seq) l
      WHERE v.item_id = $1 AND v.shares IS NOT NULL
        AND (v.quantity, v.updated_at_us, v.stock, v.shares)
            IS DISTINCT FROM (w.quantity, l.updated_at_us, w.stock, w.shares)`,
    [itemId],
  );
  expect(faults).toEqual([]);
}

async function weighedItem(db: TestDatabase, { itemId }: RecordedItem) {
  const [row] = await db.sql<{
    row: unknown[];
    version: unknown[];
    ledger: unknown[];
    stock: string;
    shares: Share[];
  }>(
    `SELECT json_build_array(i.quantity, i.updated_at_us::text, i.supplier_id || '/' || i.event_id) AS row,
            json_build_array(v.quantity, v.updated_at_us::text, x.supplier_id || '/' || x.event_id) AS version,
            json_build_array(s.quantity, w.updated_at_us::text, w.supplier_id || '/' || w.event_id) AS ledger,
            a.stock, a.shares
       FROM catalog_item i
       JOIN tenant t ON t.id = i.tenant_id
       JOIN catalog_item_version v ON v.item_id = i.item_id AND v.version = i.version
       JOIN supplier_event x ON x.seq = i.winner_seq
      CROSS JOIN LATERAL item_stock(i.item_id, t.stock_rule_id) s
       JOIN supplier_event w ON w.seq = s.lead_seq
      CROSS JOIN LATERAL weigh_stock(t.stock_rule_id, standing_of_item(i.item_id)) a
      WHERE i.item_id = $1
        AND v.version = (SELECT max(version) FROM catalog_item_version m WHERE m.item_id = i.item_id)`,
    [itemId],
  );
  if (!row) throw new Error(`${itemId} has no row, or not its newest version`);
  return {
    row: figures(row.row),
    version: figures(row.version),
    ledger: figures(row.ledger),
    stock: Number(row.stock),
    shares: row.shares.map(({ supplier, location, eventId, counts, why, behind }) => ({
      name: `${supplier}/${eventId}`,
      ...{ location, counts, why, behind },
    })),
  };
}

function figures([quantity, updatedAt, lead]: unknown[]) {
  return { quantity, updatedAtUs: BigInt(String(updatedAt)), lead };
}

async function outcomesOf(db: TestDatabase, { itemId }: RecordedItem): Promise<Map<string, string>> {
  const rows = await db.sql<{ name: string; outcome: string }>(
    `SELECT supplier_id || '/' || event_id AS name, event_outcome(e) AS outcome
       FROM supplier_event e WHERE item_id = $1 AND kind IN ('update', 'correction')`,
    [itemId],
  );
  return new Map(rows.map(({ name, outcome }) => [name, outcome]));
}
