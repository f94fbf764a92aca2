import { normalizeSku } from '../domain/normalize.ts';
import { SAME_MOMENT } from '../domain/same-moment.ts';
import type { IncomingEvent } from '../ledger/record-supplier-events.ts';
import type { DeliveredEvent } from './read-delivery.ts';

/** What a delivery is taken with, though it may not be meant so. A pointer is a JSON Pointer (RFC 6901). */
export interface DeliveryWarning {
  pointer: string;
  message: string;
}

/** A file of several warehouses may have one after the other; of a longer file, so many of its first are watched. */
const FILE_MOMENTS = 100_000;

/**
 * Of two events of one item for one moment, without a location, one has to win: a sender that has two warehouses means
 * both. One event that is sent twice is none of these.
 *
 * @param most moments of items that are remembered
 * @returns tells of each event of a delivery whether another one came before it
 */
export function sameMomentWatch(
  most = Infinity,
): (event: Pick<IncomingEvent, 'sku' | 'updatedAt' | 'location' | 'eventId'>) => boolean {
  const ids = new Map<string, string>();
  return ({ sku, updatedAt, location = '', eventId }) => {
    if (location !== '') return false;
    const key = `${updatedAt} ${normalizeSku(sku)}`;
    const known = ids.get(key);
    if (known === undefined && ids.size < most) ids.set(key, eventId);
    return known !== undefined && known !== eventId;
  };
}

/** For a file, at constant memory: of its first 100,000 items and moments. */
export function sameMomentOfFile(): ReturnType<typeof sameMomentWatch> {
  return sameMomentWatch(FILE_MOMENTS);
}

/** For a delivery by HTTP. */
export function warnOfSameMoment(events: readonly DeliveredEvent[]): DeliveryWarning[] {
  if (events.length < 2) return [];
  const cameBefore = sameMomentWatch();
  return events.filter(cameBefore).map(({ pointer }) => ({ pointer, message: SAME_MOMENT }));
}
