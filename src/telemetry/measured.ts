import type { FailureMode } from '../domain/failure-modes.ts';

/**
 * The labels of an event's series. Never a SKU, an item or an event id: each label multiplies the series, and
 * those have no bound.
 */
export interface EventLabels {
  tenant: string;
  supplier: string;
}

export interface EventDecided extends EventLabels {
  outcome: 'won' | 'superseded' | 'rejected' | 'failed' | 'applied';
  /** `none` in the label when absent. */
  failureMode?: FailureMode | undefined;
  /** received → decided, seconds; absent for what no supplier sent */
  decidedLagSeconds?: number;
}

export interface EventPublished extends EventLabels {
  /** received → accepted by the storefront, seconds */
  publishedLagSeconds: number;
}

export interface PublishAttempted extends EventLabels {
  /** Its name; `shop` unless given. */
  storefront?: string;
  result: 'accepted' | 'rejected' | 'failed';
  /** request → answer, seconds */
  latencySeconds: number;
}

export interface EventsReceived extends EventLabels {
  status: 'accepted' | 'duplicate' | 'conflict';
  count: number;
}
