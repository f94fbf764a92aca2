import { compareContenders, type Contender } from './winner.ts';

/** What a replay does, or did, to an item; the first that fits. */
export const ITEM_OUTCOMES = [
  'would_win',
  'repaired',
  'publish_only',
  'superseded',
  'already_current',
  'held',
] as const;
export type ItemOutcome = (typeof ITEM_OUTCOMES)[number];

/** Whether an outcome changes what the catalog says; the others only publish it once more, or do nothing. */
export function changesItem(outcome: ItemOutcome): boolean {
  return outcome === 'would_win' || outcome === 'repaired';
}

/** An event, and the warehouse or shop of its supplier that it speaks of; empty: it names none. */
export interface Placed extends Contender {
  location: string;
}

export function isSamePlace(one: Placed, other: Placed): boolean {
  return one.supplier === other.supplier && one.location === other.location;
}

export interface ItemFacts {
  /** Whether the flags let any of the item's events in the window flow. */
  flows: boolean;
  /** Of those that flow and are undecided, or were rejected and are acceptable now, the greatest of each place. */
  fresh: readonly Placed[];
  /** Of each place the greatest that stands by the ledger, before the replay. */
  standing: readonly Placed[];
  /** Whether all its events meet in one contest, and not those of each place in one of their own. */
  isPlain: boolean;
  /** Whether an undecided event says of one that stands that its figure is too old. */
  expires: boolean;
  /** Whether the supplier whose event made the version may be published now. */
  makerFlows: boolean;
  /** Whether the catalog row and its newest version are what the ledger says. */
  rowIsRight: boolean;
  /** How the publication of the row's version stands. */
  publication: string | undefined;
}

/**
 * Predicts what a replay will do to an item. The database function `settle_replay_items` says the same of what a
 * replay did.
 */
export function predictItem(facts: ItemFacts): ItemOutcome {
  if (!facts.flows) return 'held';
  if (facts.expires || facts.fresh.some((event) => wins(event, facts))) return 'would_win';
  if (!facts.rowIsRight) return 'repaired';
  if (!facts.makerFlows) return 'held';
  if (facts.publication !== 'accepted') return 'publish_only';
  return facts.fresh.length > 0 ? 'superseded' : 'already_current';
}

/** In whatever order they are decided: the greatest of a place wins it whenever its turn comes. */
function wins(event: Placed, { standing, isPlain }: ItemFacts): boolean {
  const isOneContest = isPlain && event.location === '';
  return standing
    .filter((one) => isOneContest || isSamePlace(one, event))
    .every((one) => compareContenders(event, one) > 0);
}
