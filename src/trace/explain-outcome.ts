import type { EventOutcome } from '../domain/event-outcome.ts';
import { formatTime } from '../domain/time.ts';
import { decide, type Contender, type LosingRule, type WinningRule } from '../domain/winner.ts';
import type { Share } from '../domain/stock.ts';
import { shareInWords } from '../domain/stock-in-words.ts';
import { explainRule } from './explain-rule.ts';
import type { LedgerEvent, Rival } from './ledger-event.ts';
import type { Contest } from './read-contest.ts';

/** What an event is now, and why. */
export interface ExplainedOutcome {
  outcome: EventOutcome;
  rule: string | null;
  lostTo: Contender | null;
}

/**
 * Says why an event is what it is now.
 *
 * @param contest that of its item
 * @param rivals the events that others name, by their number in the ledger
 */
export function explainOutcome(
  event: LedgerEvent,
  contest: Pick<Contest, 'ledger' | 'stock' | 'winnerSeq'>,
  rivals: ReadonlyMap<bigint, Rival>,
): ExplainedOutcome {
  const { outcome } = event;
  const lostTo = rivalOf(event.lostToSeq, rivals);
  switch (outcome) {
    case 'voided':
      return { outcome, rule: whyVoided(event, lostTo, rivals), lostTo: lostTo ?? null };
    case 'applied': {
      const { voids } = event;
      if (event.kind === 'expiry') return { outcome, rule: whyExpired(event), lostTo: null };
      const what = voids ? `event ${voids.eventId} of ${voids.supplier}` : 'its event';
      return { outcome, rule: `void: it takes ${what} out of the contest`, lostTo: null };
    }
    case 'rejected':
      return { outcome, rule: withDetail(event.rule, event.failureDetail), lostTo: null };
    case 'won':
      return { outcome, rule: whyWon(event, lostTo, contest.ledger, rivals), lostTo: null };
    case 'superseded':
      return { outcome, ...whySuperseded(event, lostTo, contest, rivals) };
    case 'failed':
      return { outcome, rule: withDetail(event.failureMode, event.failureDetail), lostTo: null };
    case 'held':
      return { outcome, rule: event.unknownSku ? event.alias : null, lostTo: null };
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
  { plain, rule }: Contest['ledger'],
  rivals: ReadonlyMap<bigint, Rival>,
): string | null {
  if (event.decision === 'won') return explained(event, rivalOf(event.beatSeq, rivals));
  if (!plain && lostTo && !lostTo.voided) {
    // It met another supplier's, when all events of the item still met in one contest.
    return `counts by the rule ${rule.rule}; on arrival it lost, ${explained(event, lostTo)}`;
  }
  // Only a void can have taken away what beat it.
  const past = lostTo ? `, to which it lost on arrival (${explained(event, lostTo)})` : '';
  const name = lostTo ? `event ${lostTo.eventId} of ${lostTo.supplier}` : 'the event';
  return `greatest of those left: ${name}${past}, is voided`;
}

function whySuperseded(
  event: LedgerEvent,
  lostTo: Rival | undefined,
  contest: Pick<Contest, 'ledger' | 'stock' | 'winnerSeq'>,
  rivals: ReadonlyMap<bigint, Rival>,
): Omit<ExplainedOutcome, 'outcome'> {
  const { stock, ledger } = contest;
  const share = ledger.plain ? undefined : stock?.shares.find(({ seq }) => seq === event.seq);
  if (share) {
    return {
      rule: shareInWords(share, ledger.rule),
      lostTo: rivalOf(instead(share.why, contest) ?? null, rivals) ?? null,
    };
  }
  const winner = rivalOf(rivalSeqOf(event, contest) ?? null, rivals);
  const stillTold = lostTo && !lostTo.voided && (ledger.plain || event.metOwnOnly);
  if (event.decision === 'superseded' && stillTold) return { rule: explained(event, lostTo), lostTo };
  if (!winner) return { rule: event.rule, lostTo: null };
  const words = explainRule(decide(winner, event).rule, event, winner);
  return {
    rule: event.decision === 'won' ? `overtaken, ${words}` : `${words}${arrivalWords(lostTo, winner)}`,
    lostTo: winner,
  };
}

/** Nothing where it is the one that has just been named. */
function arrivalWords(lostTo: Rival | undefined, named: Contender): string {
  if (!lostTo || (lostTo.supplier === named.supplier && lostTo.eventId === named.eventId)) return '';
  const since = lostTo.voided ? ', voided since' : '';
  return `; on arrival it lost to ${lostTo.eventId} of ${lostTo.supplier}${since}`;
}

/** What counts in the place of an event that stands and does not. */
function instead(
  why: Share['why'],
  { stock, winnerSeq }: Pick<Contest, 'stock' | 'winnerSeq'>,
): bigint | undefined {
  if (why === 'behind' || why === 'corrected') return winnerSeq;
  // A correction was ended by whatever is greater than it.
  return why === 'correction_is_over' ? stock?.shares[0]?.seq : undefined;
}

/** Whom an event is held against that others have overtaken: the item's winner, or what stands in its own place. */
function rivalSeqOf(
  { supplier, location }: LedgerEvent,
  { ledger, stock, winnerSeq }: Pick<Contest, 'ledger' | 'stock' | 'winnerSeq'>,
): bigint | undefined {
  if (ledger.plain) return winnerSeq;
  return stock?.shares.find((share) => share.supplier === supplier && share.location === location)?.seq;
}

function whyExpired({ rule, voids }: LedgerEvent): string {
  const whose = voids ? `event ${voids.eventId} of ${voids.supplier}` : 'its event';
  return rule === 'expiry_too_late'
    ? `expiry: ${whose} was overtaken before`
    : `expiry: ${whose} is too old to count any longer`;
}

function explained(event: LedgerEvent, rival: Rival | undefined): string | null {
  if (event.rule === null) return null;
  const words =
    event.rule === 'first' && event.metOwnOnly
      ? `first: ${event.supplier} said nothing of it before${event.location === '' ? '' : ` at ${event.location}`}`
      : explainRule(event.rule as WinningRule | LosingRule, event, rival);
  return rival?.archived === undefined ? words : `${words} (${rival.archived})`;
}

function rivalOf(seq: bigint | null, rivals: ReadonlyMap<bigint, Rival>): Rival | undefined {
  return seq === null ? undefined : rivals.get(seq);
}

function withDetail(mode: string | null, detail: string | null): string | null {
  return mode !== null && detail !== null ? `${mode}: ${detail}` : (mode ?? detail);
}
