import type { RunState, RunTrigger } from '../../domain/feed-run.ts';
import type { Notices } from '../../domain/file-notices.ts';

/** How a run stands, as the CLI and the API say it. Times are RFC 3339. */
export interface RunStatus {
  runId: string;
  tenant: string;
  feed: string;
  feedVersion: number;
  trigger: RunTrigger;
  requestedBy: string;
  state: RunState;
  /** Why it failed. */
  failure: string | null;
  /** Why it is or was held, a sentence for each guard. */
  reasons: { guard: string; reason: string }[];
  decision: { by: string; reason: string } | null;
  file: { name: string | null; bytes: number; sha256: string | null; writtenAt: string | null };
  /** Format, encoding and the like. */
  found: Record<string, unknown> | null;
  rows: { read: number; refused: number; recorded: number };
  /** How many were refused, by the code of the first reason of each. */
  refusals: Record<string, number>;
  /** What is to be known of its events beside: how many by kind, and the first lines. */
  notices: Notices;
  events: { accepted: number; duplicate: number; conflict: number; zeroed: number };
  /** The run of a newer file that was before it, so that it zeroed nothing. */
  newerRun: string | null;
  createdAt: string;
  finishedAt: string | null;
}
