import type { EventOutcome } from '../domain/event-outcome.ts';
import { formatTime } from '../domain/time.ts';
import { decide, type Contender, type LosingRule, type WinningRule } from '../domain/winner.ts';
import { explainRule } from './explain-rule.ts';
import type { LedgerEvent, Rival } from './ledger-event.ts';

/** What an event is now, and why. */
export interface ExplainedOutcome {
  outcome: EventOutcome;
  rule: string | null;
  lostTo: Contender | null;
}

/**
 * Says why an event is what it is now.
 *
 * @param winnerSeq the item's true winner, if any event stands for it
 * @param rivals the events that others name, by their number in the ledger
 */
export function explainOutcome(
  event: LedgerEvent,
  winnerSeq: bigint | undefined,
  rivals: ReadonlyMap<bigint, Rival>,
): ExplainedOutcome {
  const { outcome } = event;
  const lostTo = rivalOf(event.lostToSeq, rivals);
  switch (outcome) {
    case 'voided':
      return { outcome, rule: whyVoided(event, lostTo, rivals), lostTo: lostTo ?? null };
    case 'applied': {
      const { voids } = event;
      const what = voids ? `event ${voids.eventId} of ${voids.supplier}` : 'its event';
      return { outcome, rule: `void: it takes ${what} out of the contest`, lostTo: null };
    }
    case 'rejected':
      return { outcome, rule: withDetail(event.rule, event.failureDetail), lostTo: null };
    case 'won':
      return { outcome, rule: whyWon(event, lostTo, rivals), lostTo: null };
    case 'superseded':
      return { outcome, ...whySuperseded(event, lostTo, rivalOf(winnerSeq ?? null, rivals)) };
    case 'failed':
      return { outcome, rule: withDetail(event.failureMode, event.failureDetail), lostTo: null };
    case 'held':
    case 'pending':
      return { outcome, rule: null, lostTo: null };
  }
}

function whyVoided(
  event: LedgerEvent,
  lostTo: Rival | undefined,
  rivals: ReadonlyMap<bigint, Rival>,
): string | null {
  if (!event.voidedBy) return null;
  const { actor, reason, at } = event.voidedBy;
  const before =
    event.decision === 'voided' ? null : explained(event, lostTo ?? rivalOf(event.beatSeq, rivals));
  const words = `voided by ${actor} at ${formatTime(at)}: ${reason}`;
  return before === null
    ? words
    : `${words}; before, it ${event.decision === 'won' ? 'won' : 'lost'}, ${before}`;
}

function whyWon(
  event: LedgerEvent,
  lostTo: Rival | undefined,
  rivals: ReadonlyMap<bigint, Rival>,
): string | null {
  if (event.decision === 'won') return explained(event, rivalOf(event.beatSeq, rivals));
  // Only a void can have taken away what beat it.
  const past = lostTo ? `, to which it lost on arrival (${explained(event, lostTo)})` : '';
  const name = lostTo ? `event ${lostTo.eventId} of ${lostTo.supplier}` : 'the event';
  return `greatest of those left: ${name}${past}, is voided`;
}

function whySuperseded(
  event: LedgerEvent,
  lostTo: Rival | undefined,
  winner: Rival | undefined,
): Omit<ExplainedOutcome, 'outcome'> {
  if (event.decision === 'superseded' && lostTo && !lostTo.voided) {
    return { rule: explained(event, lostTo), lostTo };
  }
  if (!winner) return { rule: event.rule, lostTo: null };
  const words = explainRule(decide(winner, event).rule, event, winner);
  const rule =
    event.decision === 'won'
      ? `overtaken, ${words}`
      : `${words}${lostTo ? `; on arrival it lost to ${lostTo.eventId} of ${lostTo.supplier}, voided since` : ''}`;
  return { rule, lostTo: winner };
}

function explained(event: LedgerEvent, rival: Rival | undefined): string | null {
  if (event.rule === null) return null;
  const words = explainRule(event.rule as WinningRule | LosingRule, event, rival);
  return rival?.archived === undefined ? words : `${words} (${rival.archived})`;
}

function rivalOf(seq: bigint | null, rivals: ReadonlyMap<bigint, Rival>): Rival | undefined {
  return seq === null ? undefined : rivals.get(seq);
}

function withDetail(mode: string | null, detail: string | null): string | null {
  return mode !== null && detail !== null ? `${mode}: ${detail}` : (mode ?? detail);
}
