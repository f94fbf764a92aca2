export const RUN_STATES = [
  'receiving',
  'fetching',
  'reading',
  'held',
  'recording',
  'zeroing',
  'completed',
  'unchanged',
  'refused',
  'failed',
  'cancelled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const RUN_TRIGGERS = ['upload', 'command', 'schedule'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** `unchanged`: the file was run before; `refused`: somebody said no to a held one. */
export type RunEnd = Extract<RunState, 'completed' | 'unchanged' | 'refused' | 'failed' | 'cancelled'>;

const ENDS: readonly RunState[] = [
  'completed',
  'unchanged',
  'refused',
  'failed',
  'cancelled',
] satisfies RunEnd[];

export function hasEnded(state: RunState): state is RunEnd {
  return ENDS.includes(state);
}

/** What the workflow of a run is started with. */
export interface FeedRunInput {
  runId: string;
}

/** How far a run is after some work. `ended`: or held, until somebody decides. */
export interface FeedRunStep {
  state: 'running' | 'ended';
  /** For people who look at the workflow. */
  says: string;
  /** There is nothing to do for so long. */
  pauseMs?: number;
}
