import { formatTime, type Micros } from '../domain/time.ts';
import type { TraceItem } from './trace.ts';

/** What the catalog says of an item, as the API and a trace tell it. */
export function describeItem(row: {
  itemId: string;
  tenantId: string;
  sku: string;
  quantity: number;
  version: number;
  updatedAtUs: Micros;
  supplierId: string;
  eventId: string;
}): TraceItem {
  return {
    itemId: row.itemId,
    tenant: row.tenantId,
    sku: row.sku,
    quantity: row.quantity,
    version: row.version,
    updatedAt: formatTime(row.updatedAtUs),
    supplier: row.supplierId,
    eventId: row.eventId,
  };
}
