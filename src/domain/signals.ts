/** The five signals that the launch gate goes by. */
export const SIGNALS = [
  'stale_items',
  'queue_lag',
  'publish_errors',
  'trace_coverage',
  'feed_health',
] as const;
export type SignalName = (typeof SIGNALS)[number];

/** No data, too little data and old data are `inconclusive`, never a pass. */
export const VERDICTS = ['pass', 'miss', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];
