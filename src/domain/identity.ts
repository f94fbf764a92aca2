import { utf8Length } from './utf8.ts';

/** Tenants, suppliers, replays and sweeps are named so. */
export const NAME = /^[a-z0-9-]{1,40}$/;

/** The supplier to which a tenant's manual fixes belong; no other supplier may have its name. */
export const MANUAL_SUPPLIER = 'manual';

/** An event's id holds at most so many UTF-8 bytes. */
export const EVENT_ID_BYTES = 200;

/** A SKU holds at most so many UTF-8 bytes when it arrives. */
export const SKU_BYTES = 256;

/** A location holds at most so many characters. */
export const LOCATION_CHARACTERS = 40;

/** Beyond so many bytes, percent-encoded, a workflow id carries the event id's SHA-256 instead. */
const WORKFLOW_PART_BYTES = 100;

/** A name of one item over all tenants, e.g. `canary:CHAIR-01`; `sku` is normalized. */
export function itemIdOf(tenant: string, sku: string): string {
  return `${tenant}:${sku}`;
}

/**
 * The workflow of a live event: `sync:{tenant}:{supplier}:{event}`.
 *
 * @param sha256 gives the hex digest of a text; handed in because workflow code has no `node:crypto`
 */
export function syncWorkflowId(
  event: { tenant: string; supplier: string; eventId: string },
  sha256: (text: string) => string,
): string {
  return `sync:${event.tenant}:${event.supplier}:${eventPart(event.eventId, sha256)}`;
}

/** The workflow of an event that a replay restarts: `resync:{replay}:{tenant}:{supplier}:{event}`. */
export function resyncWorkflowId(replayId: string, syncId: string): string {
  return `resync:${replayId}:${syncId.slice('sync:'.length)}`;
}

export function replayWorkflowId(replayId: string): string {
  return `replay:${replayId}`;
}

export function sweepWorkflowId(sweepId: string): string {
  return `sweep:${sweepId}`;
}

/** A run of a feed: `feed:{tenant}:{feed}:{run}`. */
export function feedRunWorkflowId({
  tenant,
  feed,
  id,
}: {
  tenant: string;
  feed: string;
  id: string;
}): string {
  return `feed:${tenant}:${feed}:${id}`;
}

/** The launch of a tenant: one workflow at a time. */
export function gateWorkflowId(tenant: string): string {
  return `gate:${tenant}`;
}

/** What tells a channel: one workflow at a time. */
export function notifyWorkflowId(channel: string): string {
  return `notify:${channel}`;
}

function eventPart(eventId: string, sha256: (text: string) => string): string {
  const encoded = encodeURIComponent(eventId);
  // The colon, which encoding never leaves, keeps an id that looks like a hash apart from a hash.
  return utf8Length(encoded) > WORKFLOW_PART_BYTES ? `sha256:${sha256(eventId)}` : encoded;
}
