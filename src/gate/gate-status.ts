import type { EventOutcome } from '../domain/event-outcome.ts';
import type { SupplierState, TenantState } from '../domain/flags.ts';
import type { Missing } from '../domain/gate.ts';
import type { ChecklistName } from '../domain/checklist.ts';
import type { LastSweep } from '../sweep/last-sweep.ts';
import type { SignalName, Verdict } from '../domain/signals.ts';

/** Where a tenant's launch stands, as CLI, API and console tell it. Times are RFC 3339 in UTC. */
export interface GateStatus {
  tenant: string;
  state: TenantState;
  /** A rehearsal made the tenant: its business day is shortened, for it alone. */
  rehearsal: boolean;
  /** The worst of the signals; a miss before an inconclusive one. */
  verdict: Verdict;
  sampledAt: string | null;
  signals: SignalStatus[];
  suppliers: {
    supplier: string;
    state: SupplierState;
    heldEvents: number;
    /** Its own, for one that was added after the launch. */
    watch: WatchStatus | null;
  }[];
  checklist: ChecklistEntry[];
  watch: WatchStatus | null;
  reviews: ReviewStatus[];
  /** Calls to the storefront that have not been answered yet. */
  sendingAttempts: number;
  /** The last completed look at everything that the storefront shows; null: none yet. */
  lastSweep: LastSweep | null;
  /** What keeps the canary closed. */
  toOpen: Missing[];
  /** What keeps further suppliers closed. */
  toWiden: Missing[];
}

/** What a signal was read to be, of a tenant or of one of its suppliers. */
export interface ReadingStatus {
  /** A fraction of 1, or seconds; null without data. */
  value: number | null;
  /** Such as `0.31 %`, `12.4 s` or `no data`. */
  valueText: string;
  verdict: Verdict;
  /** What happened, in words. */
  reason: string;
}

export interface SignalStatus extends ReadingStatus {
  signal: SignalName;
  title: string;
  /** Such as `< 1 %`. */
  target: string;
  owner: string;
  onMiss: 'stop' | 'hold';
  /** From when on the verdict has been what it is. */
  since: string | null;
  whatToDo: string;
  trend: { at: string; value: number | null; verdict: Verdict }[];
  suppliers: (ReadingStatus & { supplier: string })[];
  /** Of each open storefront, where several are told apart; the worst is the one above, and `counts`. */
  storefronts: (ReadingStatus & { storefront: string; counts: boolean })[];
}

/** One of the five conditions. */
export interface ChecklistEntry {
  name: ChecklistName;
  title: string;
  /** What a reference has to be. */
  evidence: string;
  confirmedBy: string | null;
  reference: string | null;
  at: string | null;
}

export interface WatchStatus {
  beganAt: string;
  /** Working time with every signal green. */
  watchedSeconds: number;
  /** One business day. */
  neededSeconds: number;
  /** A business day of the tenant's calendar: a setting may have shortened the one needed. */
  calendarSeconds: number;
  complete: boolean;
  /** The launch is done: it stands as evidence, and nothing is added. */
  ended: boolean;
  /** Whether it is working time in the tenant's calendar. */
  workingNow: boolean;
  lastMiss: { at: string; signal: SignalName; reason: string } | null;
}

export interface ReviewStatus {
  /** The closed supplier of an open tenant whose widening it counts for; null: the canary's own watch. */
  forSupplier: string | null;
  supplier: string;
  eventId: string;
  itemId: string;
  sku: string;
  outcome: EventOutcome;
  sampledAt: string;
  explainedBy: string | null;
  explanation: string | null;
  approvedAt: string | null;
}
