import { compareUtf8 } from './utf8.ts';
import type { Micros } from './time.ts';

/** What the contest for an item looks at, and nothing else. */
export interface Contender {
  supplier: string;
  eventId: string;
  quantity: number;
  updatedAt: Micros;
}

/** The first of these that differs decides between two events, in this order. */
export type Rule = 'updated_at' | 'quantity' | 'supplier' | 'event_id';

/** `first` when there was nobody to beat. The other words say how a winner beat the event before it. */
export type WinningRule = 'first' | 'newer' | 'lower_quantity' | 'greater_supplier' | 'greater_event_id';

/** How a loser fell short of the winner. */
export type LosingRule = 'older' | 'higher_quantity' | 'lesser_supplier' | 'lesser_event_id';

/**
 * A total order: later `updatedAt`; then the lower quantity (better to undersell than to oversell); then the
 * greater supplier id; then the greater event id, both by their UTF-8 bytes.
 *
 * @returns more than 0 when `a` beats `b`, less than 0 when it loses, 0 only for the same event
 */
export function compareContenders(a: Contender, b: Contender): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt ? 1 : -1;
  if (a.quantity !== b.quantity) return a.quantity < b.quantity ? 1 : -1;
  return compareUtf8(a.supplier, b.supplier) || compareUtf8(a.eventId, b.eventId);
}

/** The rule that decides between two events; undefined for the same event. */
export function decidingRule(a: Contender, b: Contender): Rule | undefined {
  if (a.updatedAt !== b.updatedAt) return 'updated_at';
  if (a.quantity !== b.quantity) return 'quantity';
  if (a.supplier !== b.supplier) return 'supplier';
  return a.eventId === b.eventId ? undefined : 'event_id';
}

const WINNING: Record<Rule, WinningRule> = {
  updated_at: 'newer',
  quantity: 'lower_quantity',
  supplier: 'greater_supplier',
  event_id: 'greater_event_id',
};

const LOSING: Record<Rule, LosingRule> = {
  updated_at: 'older',
  quantity: 'higher_quantity',
  supplier: 'lesser_supplier',
  event_id: 'lesser_event_id',
};

/** What a challenger does to an item. */
export type Decision =
  { outcome: 'won'; rule: WinningRule; newVersion: boolean } | { outcome: 'superseded'; rule: LosingRule };

/**
 * Decides what a challenger does to an item.
 *
 * A challenger equal to the winner in time and quantity can take the item over, but changes nothing that a
 * customer sees: no new version, no publication.
 */
export function decide(winner: Contender | undefined, challenger: Contender): Decision {
  if (!winner) return { outcome: 'won', rule: 'first', newVersion: true };
  const rule = decidingRule(challenger, winner);
  if (rule && compareContenders(challenger, winner) > 0) {
    return { outcome: 'won', rule: WINNING[rule], newVersion: rule === 'updated_at' || rule === 'quantity' };
  }
  return { outcome: 'superseded', rule: LOSING[rule ?? 'event_id'] };
}
