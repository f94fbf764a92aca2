import type { Transaction } from '../database/client.ts';
import { NEWEST, type Share, type StockRule } from '../domain/stock.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { stockRuleOf } from '../ledger/stock-rule-row.ts';
import { describeShare } from './describe-share.ts';
import type { TraceShare, TraceVersion } from './trace.ts';

/** A version of an item as it is kept, with the event that made it. */
export interface VersionRow {
  version: number;
  quantity: number;
  updatedAtUs: Micros;
  rule: string;
  createdAtUs: Micros;
  replayId: string | null;
  stockRuleId: number | null;
  stock: bigint | null;
  shares: unknown;
  event: { supplierId: string; eventId: string };
}

export type StockRules = ReadonlyMap<number | null, StockRule>;

/** What a version says and what it was made of, as the API and a trace tell it. */
export function describeVersion(
  row: VersionRow,
  rules: StockRules,
): Omit<TraceVersion, 'publication' | 'publicationAt' | 'causedBy'> {
  const rule = rules.get(row.stockRuleId);
  return {
    version: row.version,
    quantity: row.quantity,
    updatedAt: formatTime(row.updatedAtUs),
    supplier: row.event.supplierId,
    eventId: row.event.eventId,
    rule: row.rule,
    stockRule: rule?.rule ?? null,
    stock: row.stock === null ? null : Number(row.stock),
    shares: sharesOf(row.shares as KeptShare[] | null, rule),
    createdAt: formatTime(row.createdAtUs),
    replayId: row.replayId,
  };
}

/** A share as a version keeps it: see the database function `weigh_stock`. */
type KeptShare = Omit<Share, 'updatedAt'> & { updatedAtUs: number };

function sharesOf(kept: KeptShare[] | null, rule: StockRule = NEWEST): TraceShare[] | null {
  if (kept === null) return null;
  return kept.map(({ updatedAtUs, ...share }) =>
    describeShare({ ...share, updatedAt: BigInt(updatedAtUs) } as Share, rule),
  );
}

/** The stock rules by which some versions were weighed. */
export async function readRulesOf(
  transaction: Pick<Transaction, 'stockRule'>,
  versions: readonly Pick<VersionRow, 'stockRuleId'>[],
): Promise<StockRules> {
  const named = [...new Set(versions.map(({ stockRuleId }) => stockRuleId))].filter((id) => id !== null);
  if (named.length === 0) return new Map();
  const rows = await transaction.stockRule.findMany({ where: { id: { in: named } } });
  return new Map(rows.map((row) => [row.id, stockRuleOf(row)]));
}
