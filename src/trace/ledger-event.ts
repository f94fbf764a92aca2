import type { EventOutcome } from '../domain/event-outcome.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import type { Micros } from '../domain/time.ts';
import type { Contender } from '../domain/winner.ts';
import type { EventName, TraceEvent } from './trace.ts';

/** A row of the ledger, as far as its story needs it. */
export interface LedgerEvent extends Contender {
  seq: bigint;
  /** As it arrived, or as its supplier's alias has it. */
  sku: string;
  /** Empty: none is named. */
  location: string;
  /** As it was sent, when digits finer than a microsecond were cut. */
  updatedAtSent: string | null;
  /** The line of a feed's file, or that it was missing there; null: it came by itself. */
  cameBy: string | null;
  /** What its code means, or that it waits for an alias, in words; null: it names a SKU. */
  alias: string | null;
  /** It waits for an alias of its code. */
  unknownSku: boolean;
  /** Another of its supplier's events stands for the item at that moment, of the same delivery; both name no location. */
  sameMoment: boolean;
  receivedAt: Micros;
  kind: TraceEvent['kind'];
  actor: string | null;
  reason: string | null;
  /** For a void: the event that it takes out of the contest. */
  voids: EventName | null;
  voidedBy: (EventName & { actor: string; reason: string; at: Micros }) | null;
  decision: 'won' | 'superseded' | 'rejected' | 'applied' | 'voided' | null;
  rule: string | null;
  lostToSeq: bigint | null;
  /** It met events of its own supplier and location only: what they say is weighed by a stock rule. */
  metOwnOnly: boolean;
  /** The winner before it, for an event that won. */
  beatSeq: bigint | null;
  /** What it is now. */
  outcome: EventOutcome;
  /** Its workflow was started at least once, or must have been. */
  started: boolean;
  failureMode: FailureMode | null;
  failureDetail: string | null;
  duplicates: number;
  conflicts: number;
  deliveries: { receivedAt: Micros; conflict: boolean }[];
  workflowId: string;
  /** Of the span that took it in; null: tracing was off then. */
  traceparent: string | null;
}

/** An event that another names. */
export interface Rival extends Contender {
  voided: boolean;
  /** Where it went, in words, when it was pruned since. */
  archived?: string;
}
