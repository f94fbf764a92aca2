import { createHash } from 'node:crypto';
import { syncWorkflowId } from '../domain/identity.ts';
import type { Micros } from '../domain/time.ts';

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

/** `sync:…` of a live event, see identity.ts. */
export function workflowIdOf(event: { tenant: string; supplier: string; eventId: string }): string {
  return syncWorkflowId(event, sha256Hex);
}
