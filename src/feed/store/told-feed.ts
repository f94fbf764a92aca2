import type { RunState } from '../../domain/feed-run.ts';

/** A feed as lists have it. */
export interface FeedListed {
  tenant: string;
  feed: string;
  supplier: string;
  version: number;
  paused: boolean;
  /** The kind of its source. */
  source: string;
  nextDueAt: string | null;
  lastRun: { runId: string; state: RunState; createdAt: string } | null;
  /** When its supplier's last file came, whatever became of it. */
  lastHeardAt: string | null;
}

/** One with its document, in which signs stand for secrets. */
export interface FeedShown extends FeedListed {
  document: unknown;
  setBy: string;
  setAt: string;
}
