import type { SignalName } from '../domain/signals.ts';
import { feedHealth } from './feed-health.ts';
import { publishErrors } from './publish-errors.ts';
import { queueLag } from './queue-lag.ts';
import type { Signal } from './signal.ts';
import { staleItems } from './stale-items.ts';
import { traceCoverage } from './trace-coverage.ts';

/** The signals of the launch gate, each with its query and its words. */
export const SIGNALS_BY_NAME: Readonly<Record<SignalName, Signal>> = {
  stale_items: staleItems,
  queue_lag: queueLag,
  publish_errors: publishErrors,
  trace_coverage: traceCoverage,
  feed_health: feedHealth,
};

export const ALL_SIGNALS: readonly Signal[] = Object.values(SIGNALS_BY_NAME);
