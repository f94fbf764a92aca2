import type { EventOutcome } from '../domain/event-outcome.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import type { StockRuleName } from '../domain/stock.ts';
import type { ShownWrong } from '../signals/probe/write-probes.ts';

/** Who sent an event, and which. */
export interface EventName {
  supplier: string;
  eventId: string;
}

/**
 * Whether Temporal still has a workflow: `expired` after its retention, `none` before its start, `unknown` when nobody
 * asked.
 */
export type WorkflowHistory = 'unknown' | 'kept' | 'expired' | 'none';

export interface TraceWorkflow {
  workflowId: string;
  workflowUrl: string;
}

/** Times are RFC 3339 in UTC with microseconds. */
export interface TraceItem {
  itemId: string;
  tenant: string;
  sku: string;
  quantity: number;
  version: number;
  updatedAt: string;
  supplier: string;
  /** The greatest event that counts; where none does, the greatest. */
  eventId: string;
  /** The tenant's stock rule. */
  rule: StockRuleName;
  /** Pieces before what is kept back of the item. */
  stock: number;
  reserve: number;
  /** Null: any number. */
  maxShown: number | null;
  /** What each supplier says of each location, the newest first. */
  shares: TraceShare[];
}

export interface TraceShare extends EventName {
  location: string;
  /** As it arrived. */
  quantity: number;
  updatedAt: string;
  counts: boolean;
  /** In words. */
  why: string;
}

export interface TraceVersion {
  version: number;
  quantity: number;
  updatedAt: string;
  /** The event that made the version. */
  supplier: string;
  eventId: string;
  /** How it was made. */
  rule: string;
  /** The tenant's stock rule then, the pieces before what is kept back, what each supplier said; null: one event's figure. */
  stockRule: StockRuleName | null;
  stock: number | null;
  shares: TraceShare[] | null;
  createdAt: string;
  publication: string;
  publicationAt: string;
  replayId: string | null;
  /** The void that gave the item to the version's event. */
  causedBy: EventName | null;
}

export interface TraceEvent extends TraceWorkflow {
  eventId: string;
  supplier: string;
  /** Corrections and voids are manual fixes: they have an actor and a reason. */
  kind: 'update' | 'correction' | 'void' | 'expiry';
  actor: string | null;
  reason: string | null;
  /** The warehouse or shop that it speaks of; null: none is named. */
  location: string | null;
  /** As it arrived, or as its supplier's alias has it; so with the quantity. */
  sku: string;
  /** Below 0: oversold. */
  quantity: number;
  updatedAt: string;
  /** As it was sent, when digits finer than a microsecond were cut: they decide nothing. */
  updatedAtSent: string | null;
  /** Line, file and run of a feed, or that it was missing from a snapshot; null: it came by itself. */
  cameBy: string | null;
  /** By which alias its supplier's code became the SKU, or that it waits for one; null: it names a SKU. */
  alias: string | null;
  receivedAt: string;
  outcome: EventOutcome;
  /** Why, in words and figures; null while there is no decision. */
  rule: string | null;
  /** For a superseded event: the one it lost to on arrival, or the one that overtook it. */
  lostTo: EventName | null;
  /** The event that a void took out of the contest, or whose figure an expiry ended. */
  voids: EventName | null;
  /** The void that took this one out. */
  voidedBy: (EventName & { actor: string; reason: string; at: string }) | null;
  failureMode: FailureMode | null;
  /** Further deliveries of its id with the same content: these got the first answer again. */
  duplicates: number;
  /** Further deliveries of its id with another content: these were refused. */
  conflicts: number;
  /** The newest of both. */
  deliveries: { receivedAt: string; conflict: boolean }[];
  /** What is hardly meant as it was sent. */
  warning: string | null;
  workflowHistory: WorkflowHistory;
  /** Where its spans are seen; null: nowhere that is known, or it has none. */
  spansUrl: string | null;
}

export interface TraceAttempt extends TraceWorkflow {
  version: number;
  supplier: string;
  eventId: string;
  /** The name of the one that was told. */
  storefront: string;
  status: string;
  startedAt: string;
  finishedAt: string | null;
  /** In ms; null while it is sending, and when nobody saw its answer. */
  latencyMs: number | null;
  httpStatus: number | null;
  reason: string | null;
  messageId: string;
  replayId: string | null;
}

export interface TraceReplay extends TraceWorkflow {
  replayId: string;
  state: string;
  requestedBy: string;
  supplier: string | null;
  since: string;
  until: string;
  /** In words: the stock rule whose change it carries out. */
  stockRule: string | null;
  touchedAt: string;
  /** What it did to the item; null until it is known. */
  outcome: string | null;
  versionBefore: number | null;
  versionAfter: number | null;
  workflowHistory: WorkflowHistory;
}

/** How far the version that the catalog has is published, whatever page of the story is looked at. */
export interface TracePublication {
  version: number;
  /** `due`, `accepted`, `rejected`, `failed`, `withheld` or `overtaken`. */
  state: string;
  at: string;
  /** Tries to tell the storefront of this version that failed one after the other, up to now. */
  failedTries: number;
  /** The last try that has ended. */
  lastTry: { status: string; startedAt: string; httpStatus: number | null; reason: string | null } | null;
  lastFailure: { startedAt: string; reason: string | null } | null;
  /** The last time that the storefront said no to this version. */
  refusal: { startedAt: string; reason: string | null } | null;
  /** The replay that tells the storefront again now of a version that was refused, or whose tries had ended. */
  replayId: string | null;
  /** When the next try comes; null when none does, and where Temporal was not asked. */
  nextTryAt: string | null;
}

/** What the shop was read to show now, or why it shows nothing that is known. */
export type TraceStorefront =
  { quantity: number; version: number } | { kind: 'no answer' | 'unknown item'; error: string };

/** What a storefront was read to show now; `wrong`: against what it had accepted before it was asked, and the ledger. */
export type TraceShown =
  | { quantity: number; version: number; wrong: ShownWrong | null }
  | { kind: 'no answer' | 'unknown item'; error: string };

/** One of a tenant's storefronts beside an item. */
export interface TraceOfStorefront {
  name: string;
  kind: string;
  /** `open` or `closed`. */
  state: string;
  place: number;
  /** The last call that told it of the item; `at` is when that began. */
  told: { version: number; quantity: number; status: string; at: string; reason: string | null } | null;
  /** The highest version that it accepted. */
  accepted: { version: number; at: string } | null;
  /** Calls that failed one after the other, up to now, to tell it of the catalog's version; 0 for a closed one. */
  failedTries: number;
  /** Storefronts that have to accept the catalog's version before it is told of that. */
  waitsFor: string[];
  /** Null for one that is closed, which is not read, and where no address is known. */
  shows: TraceShown | null;
}

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
  /** The first open one; null when none is open, or no address is known. */
  storefront: TraceStorefront | null;
  /** In the order in which they are told; of a tenant without one, the default one. */
  storefronts: TraceOfStorefront[];
  /** Null without an item. */
  publication: TracePublication | null;
}
