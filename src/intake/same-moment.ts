import { normalizeSku } from '../domain/normalize.ts';
import { SAME_MOMENT } from '../domain/same-moment.ts';
import type { DeliveredEvent } from './read-delivery.ts';

/** What a delivery is taken with, though it may not be meant so. A pointer is a JSON Pointer (RFC 6901). */
export interface DeliveryWarning {
  pointer: string;
  message: string;
}

/**
 * Of two events of one item for one moment, without a location, one has to win: a sender that has two warehouses means
 * both. One event that is sent twice is none of these.
 */
export function warnOfSameMoment(events: readonly DeliveredEvent[]): DeliveryWarning[] {
  if (events.length < 2) return [];
  const ids = new Map<string, string>();
  return events.flatMap(({ sku, updatedAt, location, eventId, pointer }) => {
    if (location !== '') return [];
    const key = `${updatedAt} ${normalizeSku(sku)}`;
    const known = ids.get(key);
    if (known === undefined) ids.set(key, eventId);
    return known === undefined || known === eventId ? [] : [{ pointer, message: SAME_MOMENT }];
  });
}
