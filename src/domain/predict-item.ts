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

export interface ItemFacts {
  /** Whether the flags let any of the item's events in the window flow. */
  flows: boolean;
  /** The greatest of those that flow and are undecided, or were rejected and are acceptable now. */
  fresh: Contender | undefined;
  /** The true winner by the ledger, before the replay. */
  winner: Contender | undefined;
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
  const { fresh, winner } = facts;
  if (!facts.flows) return 'held';
  if (fresh && (!winner || compareContenders(fresh, winner) > 0)) return 'would_win';
  if (!facts.rowIsRight) return 'repaired';
  if (!facts.makerFlows) return 'held';
  if (facts.publication !== 'accepted') return 'publish_only';
  return fresh ? 'superseded' : 'already_current';
}
