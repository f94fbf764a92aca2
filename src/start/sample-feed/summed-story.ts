import { formatTime, seconds, type Micros } from '../../domain/time.ts';
import type { SupplierEvent } from './sample-feed.ts';

/** A second tenant, whose suppliers' figures are added up. */
export const SUMMED_TENANT = 'outlet';
/** initech tells of two warehouses. */
export const SUMMED_SUPPLIERS = ['initech', 'umbrella'] as const;
export const SUMMED_RESERVE = 2;
/** Its SKUs are none of the other sample's, so that a trace without a tenant finds one item. */
export const SUMMED_SKU = 'TENT-01';

export interface SummedDelivery {
  supplier: (typeof SUMMED_SUPPLIERS)[number];
  event: SupplierEvent;
}

/** An item of three figures, one oversold in a warehouse, one of which less is there than is kept back, and one of one supplier. */
export function summedStory(now: Micros): SummedDelivery[] {
  const count = (
    supplier: SummedDelivery['supplier'],
    [id, sku, quantity]: [id: string, sku: string, quantity: number],
    ago: number,
    location?: string,
  ): SummedDelivery => {
    const updatedAt = formatTime(now - seconds(ago));
    return { supplier, event: { id, sku, quantity, updatedAt, ...(location !== undefined && { location }) } };
  };
  return [
    count('initech', ['i-1', SUMMED_SKU, 14], 600, 'north'),
    count('initech', ['i-2', SUMMED_SKU, 3], 590, 'south'),
    count('umbrella', ['u-1', SUMMED_SKU, 6], 420),
    count('initech', ['i-3', SUMMED_SKU, 12], 180, 'north'),
    count('initech', ['i-4', 'LANTERN-01', -3], 300, 'south'),
    count('umbrella', ['u-2', 'LANTERN-01', 5], 240),
    count('initech', ['i-5', 'STOVE-01', 1], 200, 'north'),
    count('umbrella', ['u-3', 'STOVE-01', 0], 150),
    count('umbrella', ['u-4', 'KAYAK-01', 8], 120),
  ];
}
