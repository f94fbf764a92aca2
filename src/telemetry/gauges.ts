import type { FeedFailure } from '../domain/failure-modes.ts';
import type { Verdict } from '../domain/signals.ts';

/** What waits for its workflow in one tenant. */
export interface Backlog {
  tenant: string;
  /** events that no workflow was started for yet */
  backlog: number;
  /** age of the oldest undecided event, seconds; 0 when there is none */
  oldestPendingSeconds: number;
}

/** Who may send, and one of the storefronts that are told of it; of tenants that are not closed. */
export interface KnownSupplier {
  tenant: string;
  supplier: string;
  storefront: string;
}

/** What the launch gate last said of a tenant that is not closed. */
export interface GateGauges {
  tenant: string;
  state: string;
  /** Since its last sample, or since it was opened; seconds */
  sampleAgeSeconds: number;
  /** Items that the storefront was last seen to show wrong, by how: `old_quantity_shown`, `wrong_quantity_shown`. */
  shownWrong: Record<string, number>;
  signals: { signal: string; owner: string; verdict: Verdict; value: number | null }[];
}

/** What the last sweep said of a tenant that is not closed. */
export interface SweepGauges {
  tenant: string;
  /** Since the last completed one, or since it was opened; seconds */
  ageSeconds: number;
  /** Items that it found to differ and did not mend, by kind; absent before the first. */
  drift: Record<string, number> | undefined;
}

/** How the feeds of a supplier stand; of tenants that are not closed. */
export interface FeedGauges {
  tenant: string;
  supplier: string;
  /** So many of its feeds are so now. */
  failing: Record<FeedFailure, number>;
}

/** Events of a supplier that wait for an alias of their code; of tenants that are not closed, where there are any. */
export interface UnknownSkuGauges {
  tenant: string;
  supplier: string;
  events: number;
}

/** How a channel that people are told by stands. */
export interface NotifyGauges {
  channel: string;
  /** Age of the oldest message that is not sent, or was given up and none was sent since; 0: there is none; seconds */
  waitingSeconds: number;
}
