import type { Transaction } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { describeVersion, readRulesOf } from '../trace/describe-version.ts';
import type { EventName } from '../trace/trace.ts';
import type { Change } from './change.ts';

/** A version of an item, with the event that made it, as a query of this folder answers it. */
export interface ChangeRow {
  item_id: string;
  version: number;
  change_no: bigint;
  quantity: number;
  updated_at_us: Micros;
  rule: string;
  created_at_us: Micros;
  replay_id: string | null;
  stock_rule_id: number | null;
  stock: bigint | null;
  shares: unknown;
  supplier_id: string;
  event_id: string;
  kind: Change['kind'];
}

type Reader = Pick<Transaction, '$queryRaw' | 'stockRule'>;

/** Tells some versions of a tenant's items as changes, in the same order. */
export async function describeChanges(
  transaction: Reader,
  tenant: string,
  rows: readonly ChangeRow[],
): Promise<Change[]> {
  const versions = rows.map((row) => ({
    itemId: row.item_id,
    kind: row.kind,
    version: row.version,
    quantity: row.quantity,
    updatedAtUs: row.updated_at_us,
    rule: row.rule,
    createdAtUs: row.created_at_us,
    replayId: row.replay_id,
    stockRuleId: row.stock_rule_id,
    stock: row.stock,
    shares: row.shares,
    event: { supplierId: row.supplier_id, eventId: row.event_id },
  }));
  const rules = await readRulesOf(transaction, versions);
  const voids = await readVoids(transaction, rows);
  return versions.map((row) => ({
    itemId: row.itemId,
    sku: row.itemId.slice(tenant.length + 1),
    ...describeVersion(row, rules),
    kind: row.kind,
    causedBy: voids.get(`${row.version} ${row.itemId}`) ?? null,
  }));
}

/** The voids that made some of these versions, by version and item. */
async function readVoids(
  transaction: Reader,
  rows: readonly Pick<ChangeRow, 'item_id' | 'version'>[],
): Promise<Map<string, EventName>> {
  if (rows.length === 0) return new Map();
  const found = await transaction.$queryRaw<
    { item_id: string; version: number; supplier_id: string; event_id: string }[]
  >`
    SELECT e.item_id, e.version, e.supplier_id, e.event_id
      FROM unnest(${rows.map((row) => row.item_id)}::text[], ${rows.map((row) => row.version)}::integer[])
           AS asked (item_id, version)
      JOIN supplier_event e ON e.item_id = asked.item_id AND e.kind = 'void' AND e.version = asked.version`;
  return new Map(
    found.map((row) => [
      `${row.version} ${row.item_id}`,
      { supplier: row.supplier_id, eventId: row.event_id },
    ]),
  );
}
