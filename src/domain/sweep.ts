export const SWEEP_STATES = ['running', 'completed', 'failed', 'cancelled'] as const;
export type SweepState = (typeof SWEEP_STATES)[number];
export type SweepEnd = Exclude<SweepState, 'running'>;

/** First everything is asked for; then, where the sweep repairs, what differs is published anew and read back. */
export const SWEEP_PHASES = ['ask', 'repair', 'settle'] as const;
export type SweepPhase = (typeof SWEEP_PHASES)[number];

/** How a page can differ from the ledger. */
export const FINDING_KINDS = [
  'old_quantity_shown',
  'wrong_quantity_shown',
  'unknown_there',
  'not_published',
  'unknown_here',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** By the storefront's list, or item by item. */
export const SWEEP_WAYS = ['list', 'each'] as const;
export type SweepWay = (typeof SWEEP_WAYS)[number];

/** Items that are asked for one by one, a second, unless a sweep is told otherwise. */
export const SWEEP_RATE = 50;

/** What the workflow of a sweep is started with. */
export interface SweepInput {
  sweepId: string;
}

/** How far a sweep is after some seconds of work. */
export interface SweepStep {
  state: 'running' | 'ended';
  /** For people who look at the workflow. */
  says: string;
  /** The storefront asks to be left alone for so long. */
  pauseMs?: number;
}
