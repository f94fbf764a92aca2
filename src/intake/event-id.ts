import { createHash } from 'node:crypto';
import { EVENT_ID_BYTES, syncWorkflowId } from '../domain/identity.ts';
import type { Micros } from '../domain/time.ts';
import { utf8Length } from '../domain/utf8.ts';

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Names an event that came without any id: the same content is then the same event. */
export function eventIdOfContent(content: {
  sku: string;
  quantity: number;
  updatedAt: Micros;
  /** Empty: none. */
  location: string;
}): string {
  const { sku, quantity, updatedAt, location } = content;
  const said = [sku, quantity, updatedAt.toString(), ...(location === '' ? [] : [location])];
  return `sha256:${sha256Hex(JSON.stringify(said))}`;
}

/** Names an event of the moment of its receipt by the sending that it came in. */
export function eventIdOfSending(
  sending: string,
  { sku, quantity, location }: { sku: string; quantity: number; /** Empty: none. */ location: string },
): string {
  return `sha256:${sha256Hex(JSON.stringify([sending, sku, quantity, location]))}`;
}

/**
 * Names a CloudEvent by what names it there (1.0.2, "id": the pair of source and id); by its hash where that is longer
 * than an event's id may be.
 */
export function eventIdOfCloudEvent({ source, id }: { source: string; id: string }): {
  eventId: string;
  isHash: boolean;
} {
  const pair = `${source} ${id}`;
  if (utf8Length(pair) <= EVENT_ID_BYTES) return { eventId: pair, isHash: false };
  return { eventId: `sha256:${sha256Hex(pair)}`, isHash: true };
}

/** `sync:…` of a live event, see identity.ts. */
export function workflowIdOf(event: { tenant: string; supplier: string; eventId: string }): string {
  return syncWorkflowId(event, sha256Hex);
}
