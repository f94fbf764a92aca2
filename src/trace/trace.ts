import type { FailureMode } from '../domain/failure-modes.ts';

/** What an event is now, derived on reading; the decision in the ledger is kept as it fell. */
export type Outcome = 'pending' | 'held' | 'won' | 'superseded' | 'rejected' | 'failed';

/** Times are RFC 3339 in UTC with microseconds. */
export interface TraceItem {
  itemId: string;
  tenant: string;
  sku: string;
  quantity: number;
  version: number;
  updatedAt: string;
  supplier: string;
  eventId: string;
}

export interface TraceVersion {
  version: number;
  quantity: number;
  updatedAt: string;
  /** The event that made the version. */
  supplier: string;
  eventId: string;
  rule: string;
  createdAt: string;
  publication: string;
  publicationAt: string;
  replayId: string | null;
}

export interface TraceEvent {
  eventId: string;
  supplier: string;
  /** As it arrived. */
  sku: string;
  quantity: number;
  updatedAt: string;
  receivedAt: string;
  outcome: Outcome;
  /** Why, in words and figures; null while there is no decision. */
  rule: string | null;
  /** For a superseded event: the one it lost to on arrival, or the one that overtook it. */
  lostTo: { supplier: string; eventId: string } | null;
  failureMode: FailureMode | null;
  /** Further deliveries of its id. */
  duplicates: number;
  workflowId: string;
  workflowUrl: string;
}

export interface TraceAttempt {
  version: number;
  supplier: string;
  eventId: string;
  status: string;
  startedAt: string;
  finishedAt: string | null;
  httpStatus: number | null;
  reason: string | null;
  messageId: string;
  replayId: string | null;
  workflowId: string;
  workflowUrl: string;
}

export interface TraceReplay {
  replayId: string;
  state: string;
  requestedBy: string;
  supplier: string | null;
  since: string;
  until: string;
  touchedAt: string;
  workflowId: string;
  workflowUrl: string;
}

/** What the shop shows now, or why that is not known. */
export type TraceStorefront = { quantity: number; version: number } | { error: string };

/** The whole story of one item: what `trace --json` prints and the HTTP API answers. Lists are newest first. */
export interface Trace {
  /** Plain words to give to a customer. */
  answer: string;
  /** Null when no event of the item was ever decided for it. */
  item: TraceItem | null;
  versions: TraceVersion[];
  events: TraceEvent[];
  publishAttempts: TraceAttempt[];
  replays: TraceReplay[];
  /** Null when no address is known. */
  storefront: TraceStorefront | null;
}
