import type { FailureMode } from './failure-modes.ts';
import type { LosingRule, WinningRule } from './winner.ts';

/** What the workflow of one event is started with: readable as it stands in the Web UI, with nothing secret in it. */
export interface SyncInput {
  /** The event's row in the ledger. A number as text: JSON has no 64-bit integers. */
  seq: string;
  tenant: string;
  supplier: string;
  eventId: string;
  /** As it arrived. */
  sku: string;
  quantity: number;
  /** RFC 3339 in UTC, to the microsecond. */
  updatedAt: string;
  receivedAt: string;
  skuPattern: string;
  clockToleranceSeconds: number;
  /** Names the two rules; undefined for an event that was judged before, and meets none. */
  ruleId?: number;
  /** Set when a replay sends the event through again. */
  replayId?: string;
  /** Says that a worker of ours took all of this from the ledger, for this workflow. */
  seal: string;
  /** Of the span that started the workflow; undefined: tracing is off. It is not sealed: nothing but spans goes by it. */
  traceparent?: string;
}

/** The type of the failure of an input that nobody of ours made. */
export const UNSEALED = 'unsealed_input';

/** All that a seal holds for, in a fixed order. */
export function sealedFacts(input: Omit<SyncInput, 'seal'>): unknown[] {
  return [
    ...[input.seq, input.tenant, input.supplier, input.eventId, input.sku, input.quantity, input.updatedAt],
    ...[input.receivedAt, input.skuPattern, input.clockToleranceSeconds, input.replayId ?? null],
    ...(input.ruleId === undefined ? [] : [input.ruleId]),
  ];
}

export interface NormalizedEvent {
  itemId: string;
  sku: string;
}

/**
 * How the save ended. `lostTo` is `{supplier}/{event id}` of the event that wins. By the rule `repaired` an event has
 * the item that lost, or was overtaken, before. `applied` is a void, or the end of a figure that was too old, with the
 * version that it made, if any; `voided` an event that was voided undecided; `rejected` one that was rejected before.
 */
export type Saved =
  | { outcome: 'won'; rule: WinningRule | 'repaired'; version: number; quantity: number; publish: boolean }
  | { outcome: 'superseded'; rule: LosingRule; lostTo: string; publish: false }
  | { outcome: 'applied'; rule: AppliedRule; version: number; quantity: number; publish: boolean }
  | { outcome: 'applied'; rule: AppliedRule; publish: false }
  | { outcome: 'held' | 'voided' | 'rejected'; publish: false };

/** By `expiry_too_late` its supplier had said something newer by then. */
export type AppliedRule = 'void' | 'expiry' | 'expiry_too_late';

/** How an event's save in a replay ended: what the event is now, and its item. */
export interface Resynced {
  outcome: Saved['outcome'];
  rule?: WinningRule | LosingRule | AppliedRule;
  /** `{supplier}/{event id}` of the item's winner, for one that lost. */
  lostTo?: string;
  /** The item's version now; undefined when there is none. */
  current?: { version: number; quantity: number };
  /** Whether `current` has to be told to the storefront: said of the item's last event in the replay. */
  publish: boolean;
}

export interface PublishRequest {
  event: SyncInput;
  version: number;
  /** Why the first attempt failed, and before when (RFC 3339) the next must not begin. */
  postponed?: { reason: string; until: string };
}

export interface Published {
  /** postponed: something newer of the item is due; where it does not come within two seconds, the event's workflow runs again. */
  publication: 'accepted' | 'withheld' | 'overtaken' | 'postponed';
  /** What the storefront said, if anything. */
  reason?: string;
}

export interface EventFailure {
  event: SyncInput;
  failureMode: FailureMode;
  detail: string;
  /** Of the activity that will not be tried again: that it said so of this event, in this run of the workflow. */
  proof?: string;
}

/** The workflow's result, as support reads it in the Web UI. */
export interface SyncResult {
  itemId: string;
  outcome: Saved['outcome'];
  rule?: WinningRule | LosingRule | AppliedRule | 'repaired';
  lostTo?: string;
  version?: number;
  publication?: Published['publication'];
  storefrontSaid?: string;
}
