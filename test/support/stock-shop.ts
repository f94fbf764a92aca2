import { MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import { NEWEST, type StockRule } from '../../src/domain/stock.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { ManualFixError } from '../../src/manual/manual-supplier.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { FIVE_SUPPLIERS, type Deed } from './arbitrary-stock-history.ts';
import type { TestDatabase } from './database.ts';
import { openTenant } from './flags.ts';
import { record } from './record.ts';
import type { Happened } from './stock-oracle.ts';

/** An item's events in the ledger, none of them decided. */
export interface RecordedItem {
  tenant: string;
  itemId: string;
  sku: string;
  /** So begin the ids of its events, which are a supplier's own. */
  prefix: string;
  seqs: ReadonlyMap<Happened, string>;
}

/** A tenant with open flags, five suppliers, and a stock rule. */
export async function openShop(db: TestDatabase, tenant: string, rule: StockRule): Promise<void> {
  await openTenant(db.database, tenant, [...FIVE_SUPPLIERS, MANUAL_SUPPLIER]);
  await db.sql('UPDATE tenant SET stock_rule_id = $2 WHERE id = $1', [
    tenant,
    await ruleIn(db, tenant, rule),
  ]);
}

/** @returns the rule's number */
export async function ruleIn(db: TestDatabase, tenant: string, rule: StockRule): Promise<number> {
  if (rule === NEWEST) return 0;
  const { id } = await db.database.stockRule.create({
    data: {
      tenantId: tenant,
      rule: rule.rule,
      supplierOrder: [...rule.order],
      supplierReserves: { ...rule.supplierReserves },
      reserve: rule.reserve,
      maxShown: rule.maxShown ?? null,
    },
  });
  return id;
}

export async function recordItem(
  db: TestDatabase,
  tenant: string,
  sku: string,
  events: readonly Happened[],
): Promise<RecordedItem> {
  const prefix = `${sku}/`;
  for (const supplier of [...FIVE_SUPPLIERS, MANUAL_SUPPLIER]) {
    const own = events.filter((event) => event.supplier === supplier);
    if (own.length > 0) await record(db.database, tenant, supplier, own.map(incoming(sku, prefix)));
  }
  await db.sql(
    `UPDATE supplier_event SET kind = 'correction', reason = 'recounted', actor = 'ada'
      WHERE tenant_id = $1 AND sku = $2 AND supplier_id = $3`,
    [tenant, sku, MANUAL_SUPPLIER],
  );
  const rows = await db.sql<{ seq: string; name: string }>(
    `SELECT seq, supplier_id || '/' || event_id AS name FROM supplier_event WHERE tenant_id = $1 AND sku = $2`,
    [tenant, sku],
  );
  const byName = new Map(rows.map(({ name, seq }) => [name, seq]));
  const seqs = new Map(
    events.map((event) => [event, byName.get(`${event.supplier}/${prefix}${event.eventId}`) ?? 'none']),
  );
  return { tenant, itemId: `${tenant}:${sku}`, sku, prefix, seqs };
}

const incoming =
  (sku: string, prefix: string) =>
  ({ eventId, quantity, updatedAtUs, location }: Happened) => ({
    eventId: prefix + eventId,
    sku,
    quantity,
    location,
    updatedAt: updatedAtUs,
  });

/**
 * Does them `lanes` at a time, each lane on a connection of its own.
 *
 * @returns those that take out the last event to stand for the item, and so have to wait for another
 */
export async function doAll(
  db: TestDatabase,
  item: RecordedItem,
  deeds: readonly Deed[],
  lanes: number,
): Promise<Deed[]> {
  const queue = [...deeds];
  const refused: Deed[] = [];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (!(await doOne(db, item, next))) refused.push(next);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const left: Deed[] = [];
  for (const deed of refused) {
    if (!(await doOne(db, item, deed))) left.push(deed);
  }
  return left;
}

/** @returns false where an event was the last to stand for its item, and so could not be taken out yet */
export async function doOne(db: TestDatabase, item: RecordedItem, { does, event }: Deed): Promise<boolean> {
  if (does === 'void') return takeOut(db, item, event);
  if (does === 'again') {
    const [receipt] = await record(db.database, item.tenant, event.supplier, [
      incoming(item.sku, item.prefix)(event),
    ]);
    if (receipt?.status !== 'duplicate')
      throw new Error(`${event.eventId} arrived again: ${receipt?.status}`);
  }
  await save(db, item, item.seqs.get(event));
  if (does === 'expire') await expire(db, item, event);
  return true;
}

async function save(db: TestDatabase, { itemId, sku }: RecordedItem, seq: string | undefined): Promise<void> {
  await saveCatalogItem(db.database, { seq: String(seq), itemId, sku });
}

async function takeOut(db: TestDatabase, item: RecordedItem, event: Happened): Promise<boolean> {
  const { supplier, eventId } = event;
  try {
    await voidEvent(db.database, {
      ...{ tenant: item.tenant, supplier, eventId: item.prefix + eventId },
      ...{ reason: 'wrong', actor: 'ada' },
    });
    return true;
  } catch (error) {
    if (error instanceof ManualFixError && error.message.includes('the last')) return false;
    throw error;
  }
}

/** As expire_figures does it, whatever the time. An event that was taken out has no figure any more. */
async function expire(db: TestDatabase, item: RecordedItem, event: Happened): Promise<void> {
  const [made] = await db.sql<{ seq: string }>(
    `INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us,
                                 location, item_id, digest, workflow_id, start_due_us, kind, target_seq)
     SELECT e.tenant_id, e.supplier_id, 'expiry-' || e.event_id, e.sku, 0, e.updated_at_us + 1, now_us(),
            e.location, e.item_id, event_digest(e.sku, 0, e.updated_at_us + 1, e.location),
            'expiry-' || e.seq, now_us(), 'expiry', e.seq
       FROM supplier_event e WHERE e.seq = $1 AND e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL
     RETURNING seq`,
    [item.seqs.get(event)],
  );
  if (made) await save(db, item, made.seq);
}
