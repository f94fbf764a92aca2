import type { FailureMode } from '../domain/failure-modes.ts';
import type { Micros } from '../domain/time.ts';
import { decide, type Contender, type LosingRule, type WinningRule } from '../domain/winner.ts';
import { explainRule } from './explain-rule.ts';
import type { Outcome } from './trace.ts';

/** A row of the ledger, as far as its story needs it. */
export interface LedgerEvent extends Contender {
  seq: bigint;
  /** As it arrived. */
  sku: string;
  receivedAt: Micros;
  decision: 'won' | 'superseded' | 'rejected' | null;
  rule: string | null;
  lostToSeq: bigint | null;
  /** The winner before it, for an event that won. */
  beatSeq: bigint | null;
  held: boolean;
  /** A workflow has it, or is about to be started. */
  due: boolean;
  failureMode: FailureMode | null;
  failureDetail: string | null;
  duplicates: number;
  conflicts: number;
  workflowId: string;
}

export interface Verdict {
  outcome: Outcome;
  rule: string | null;
  lostTo: Contender | null;
}

/**
 * What an event is now.
 *
 * @param winnerSeq the item's winner, if the item has one
 * @param rivals the events that others name, by their number in the ledger
 */
export function judge(
  event: LedgerEvent,
  winnerSeq: bigint | undefined,
  rivals: ReadonlyMap<bigint, Contender>,
): Verdict {
  switch (event.decision) {
    case 'rejected':
      return { outcome: 'rejected', rule: withDetail(event.rule, event.failureDetail), lostTo: null };
    case 'superseded': {
      const lostTo = rivalOf(event.lostToSeq, rivals);
      return { outcome: 'superseded', rule: explained(event, lostTo), lostTo: lostTo ?? null };
    }
    case 'won': {
      const winner = rivalOf(winnerSeq ?? null, rivals);
      if (event.seq === winnerSeq || !winner) {
        return { outcome: 'won', rule: explained(event, rivalOf(event.beatSeq, rivals)), lostTo: null };
      }
      const { rule } = decide(winner, event);
      return {
        outcome: 'superseded',
        rule: `overtaken, ${explainRule(rule, event, winner)}`,
        lostTo: winner,
      };
    }
    case null:
      if (event.held) return { outcome: 'held', rule: null, lostTo: null };
      if (!event.due && event.failureMode !== null) {
        return { outcome: 'failed', rule: withDetail(event.failureMode, event.failureDetail), lostTo: null };
      }
      return { outcome: 'pending', rule: null, lostTo: null };
  }
}

function explained(event: LedgerEvent, rival: Contender | undefined): string | null {
  return event.rule === null ? null : explainRule(event.rule as WinningRule | LosingRule, event, rival);
}

function rivalOf(seq: bigint | null, rivals: ReadonlyMap<bigint, Contender>): Contender | undefined {
  return seq === null ? undefined : rivals.get(seq);
}

function withDetail(mode: string | null, detail: string | null): string | null {
  return mode !== null && detail !== null ? `${mode}: ${detail}` : (mode ?? detail);
}
