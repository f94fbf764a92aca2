import type { FailureMode } from '../domain/failure-modes.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { decide, type Contender, type LosingRule, type WinningRule } from '../domain/winner.ts';
import { explainRule } from './explain-rule.ts';
import type { EventName, Outcome, TraceEvent } from './trace.ts';

/** A row of the ledger, as far as its story needs it. */
export interface LedgerEvent extends Contender {
  seq: bigint;
  /** As it arrived. */
  sku: string;
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
  /** The winner before it, for an event that won. */
  beatSeq: bigint | null;
  held: boolean;
  /** A workflow has it, or is about to be started. */
  due: boolean;
  /** Its workflow was started at least once, or must have been. */
  started: boolean;
  failureMode: FailureMode | null;
  failureDetail: string | null;
  duplicates: number;
  conflicts: number;
  deliveries: { receivedAt: Micros; conflict: boolean }[];
  workflowId: string;
}

/** An event that another names. */
export interface Rival extends Contender {
  voided: boolean;
}

export interface Verdict {
  outcome: Outcome;
  rule: string | null;
  lostTo: Contender | null;
}

/**
 * What an event is now.
 *
 * @param winnerSeq the item's true winner, if any event stands for it
 * @param rivals the events that others name, by their number in the ledger
 */
export function judge(
  event: LedgerEvent,
  winnerSeq: bigint | undefined,
  rivals: ReadonlyMap<bigint, Rival>,
): Verdict {
  const lostTo = rivalOf(event.lostToSeq, rivals);
  if (event.voidedBy) {
    const { actor, reason, at } = event.voidedBy;
    const before =
      event.decision === 'voided' ? null : explained(event, lostTo ?? rivalOf(event.beatSeq, rivals));
    const words = `voided by ${actor} at ${formatTime(at)}: ${reason}`;
    return {
      outcome: 'voided',
      rule:
        before === null
          ? words
          : `${words}; before, it ${event.decision === 'won' ? 'won' : 'lost'}, ${before}`,
      lostTo: lostTo ?? null,
    };
  }
  switch (event.decision) {
    case 'applied': {
      const { voids } = event;
      const what = voids ? `event ${voids.eventId} of ${voids.supplier}` : 'its event';
      return { outcome: 'applied', rule: `void: it takes ${what} out of the contest`, lostTo: null };
    }
    case 'rejected':
      return { outcome: 'rejected', rule: withDetail(event.rule, event.failureDetail), lostTo: null };
    case 'won':
    case 'superseded':
      return contested(event, lostTo, winnerSeq, rivals);
    case 'voided':
    case null:
      if (event.held) return { outcome: 'held', rule: null, lostTo: null };
      if (!event.due && event.failureMode !== null) {
        return { outcome: 'failed', rule: withDetail(event.failureMode, event.failureDetail), lostTo: null };
      }
      return { outcome: 'pending', rule: null, lostTo: null };
  }
}

function contested(
  event: LedgerEvent,
  lostTo: Rival | undefined,
  winnerSeq: bigint | undefined,
  rivals: ReadonlyMap<bigint, Rival>,
): Verdict {
  const winner = rivalOf(winnerSeq ?? null, rivals);
  if (event.seq === winnerSeq || !winner) {
    if (event.decision === 'won') {
      return { outcome: 'won', rule: explained(event, rivalOf(event.beatSeq, rivals)), lostTo: null };
    }
    // Only a void can have taken away what beat it.
    const past = lostTo ? `, to which it lost on arrival (${explained(event, lostTo)})` : '';
    const name = lostTo ? `event ${lostTo.eventId} of ${lostTo.supplier}` : 'the event';
    return { outcome: 'won', rule: `greatest of those left: ${name}${past}, is voided`, lostTo: null };
  }
  if (event.decision === 'superseded' && lostTo && !lostTo.voided) {
    return { outcome: 'superseded', rule: explained(event, lostTo), lostTo };
  }
  const words = explainRule(decide(winner, event).rule, event, winner);
  const rule =
    event.decision === 'won'
      ? `overtaken, ${words}`
      : `${words}${lostTo ? `; on arrival it lost to ${lostTo.eventId} of ${lostTo.supplier}, voided since` : ''}`;
  return { outcome: 'superseded', rule, lostTo: winner };
}

function explained(event: LedgerEvent, rival: Contender | undefined): string | null {
  return event.rule === null ? null : explainRule(event.rule as WinningRule | LosingRule, event, rival);
}

function rivalOf(seq: bigint | null, rivals: ReadonlyMap<bigint, Rival>): Rival | undefined {
  return seq === null ? undefined : rivals.get(seq);
}

function withDetail(mode: string | null, detail: string | null): string | null {
  return mode !== null && detail !== null ? `${mode}: ${detail}` : (mode ?? detail);
}
