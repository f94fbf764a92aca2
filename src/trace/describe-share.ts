import { shareInWords } from '../domain/stock-in-words.ts';
import type { Share, StockRule } from '../domain/stock.ts';
import { formatTime } from '../domain/time.ts';
import type { TraceShare } from './trace.ts';

/** What a supplier says of a location, as the API and a trace tell it. */
export function describeShare(share: Share, rule: Pick<StockRule, 'supplierReserves'>): TraceShare {
  const { supplier, location, eventId, quantity, counts } = share;
  return {
    supplier,
    location,
    eventId,
    quantity,
    updatedAt: formatTime(share.updatedAt),
    counts,
    why: shareInWords(share, rule),
  };
}
