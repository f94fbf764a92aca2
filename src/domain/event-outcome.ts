/**
 * What an event can be now, derived on reading by the database's function event_outcome; the decision in the ledger is
 * kept as it fell.
 */
export const EVENT_OUTCOMES = [
  'pending',
  'held',
  'won',
  'superseded',
  'rejected',
  'failed',
  'voided',
  'applied',
] as const;
export type EventOutcome = (typeof EVENT_OUTCOMES)[number];
