import type { EventName, TraceVersion } from '../trace/trace.ts';

/** What became of an item: a version of it. Times are RFC 3339 in UTC with microseconds. */
export interface Change extends Omit<TraceVersion, 'publication' | 'publicationAt'> {
  itemId: string;
  sku: string;
  /** What kind of event made it. */
  kind: 'update' | 'correction' | 'void' | 'expiry';
  /** The void that gave the item to that event. */
  causedBy: EventName | null;
}
