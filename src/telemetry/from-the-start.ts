import type { EventDecided, EventsReceived, PublishAttempted } from './measured.ts';

// What counters are labelled with besides tenant and supplier. A series that begins with its first event begins at 1, and
// that one is no rise to Prometheus; after a restart a panel without any would say "no data" for "nothing happened".

export const RECEIVED: readonly EventsReceived['status'][] = ['accepted', 'duplicate', 'conflict'];

export const DECIDED = (
  [
    ['won', 'none'],
    ['applied', 'none'],
    ['superseded', 'stale_catalog_version'],
    ['rejected', 'malformed_sku'],
    ['rejected', 'clock_drift'],
    ['failed', 'transaction_timeout'],
    ['failed', 'publish_rejected'],
    ['failed', 'storefront_unreachable'],
  ] satisfies [EventDecided['outcome'], EventDecided['failureMode'] | 'none'][]
).map(([outcome, mode]) => ({ outcome, failure_mode: mode }));

export const ATTEMPTED: readonly PublishAttempted['result'][] = ['accepted', 'rejected', 'failed'];

export const TRIED = ['sent', 'failed'] as const;
