import { isCancellation, proxySinks, TemporalFailure, type Sinks } from '@temporalio/workflow';
import type { SyncInput, SyncResult } from '../src/domain/sync-event.ts';

/** How a workflow of a traced event ended. */
export interface EndOfSync {
  outcome?: SyncResult['outcome'];
  publication?: SyncResult['publication'];
  /** The failure mode that it failed with, or that it was cancelled. */
  failed?: string;
}

/** What the worker is told by a workflow, beside its history: nothing in that changes by it. */
export interface TracingSinks extends Sinks {
  tracing: {
    /** @param input what the workflow was started with, by whomever */
    ended(input: SyncInput, end: EndOfSync): void;
  };
}

const { tracing } = proxySinks<TracingSinks>();

/** Tells the worker of the end of a workflow whose event is traced: the worker makes the workflow's span. */
export async function tellingOfEnd(input: SyncInput, run: () => Promise<SyncResult>): Promise<SyncResult> {
  // Whoever reaches Temporal starts one with what he likes.
  if ((input as SyncInput | null | undefined)?.traceparent === undefined) return run();
  try {
    const result = await run();
    const { outcome, publication } = result;
    tracing.ended(input, { outcome, ...(publication && { publication }) });
    return result;
  } catch (failure) {
    // Anything else fails the workflow task, which is tried again.
    if (failure instanceof TemporalFailure) tracing.ended(input, { failed: typeOf(failure) });
    throw failure;
  }
}

function typeOf(failure: TemporalFailure): string {
  if (isCancellation(failure)) return 'cancelled';
  return 'type' in failure && typeof failure.type === 'string' ? failure.type : 'failed';
}
