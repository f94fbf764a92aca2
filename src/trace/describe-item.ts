import { weighStock } from '../domain/stock.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import type { ItemLedger } from '../ledger/item-stock.ts';
import { describeShare } from './describe-share.ts';
import type { TraceItem } from './trace.ts';

/** What the catalog says of an item, as the API and a trace tell it, and what the ledger makes it of. */
export function describeItem(
  row: {
    itemId: string;
    tenantId: string;
    sku: string;
    quantity: number;
    version: number;
    updatedAtUs: Micros;
    supplierId: string;
    eventId: string;
  },
  { rule, standing }: ItemLedger,
): TraceItem {
  const weighed = weighStock(rule, standing);
  return {
    itemId: row.itemId,
    tenant: row.tenantId,
    sku: row.sku,
    quantity: row.quantity,
    version: row.version,
    updatedAt: formatTime(row.updatedAtUs),
    supplier: row.supplierId,
    eventId: row.eventId,
    rule: rule.rule,
    stock: weighed?.stock ?? 0,
    reserve: rule.reserve,
    maxShown: rule.maxShown ?? null,
    shares: (weighed?.shares ?? []).map((share) => describeShare(share, rule)),
  };
}
