import { createHash } from 'node:crypto';
import type { Database } from '../../database/client.ts';
import type { DueEvent } from '../../ledger/claim-supplier-events.ts';
import { readTraceparents } from '../../ledger/read-traceparents.ts';
import type { Tracing } from '../../telemetry/tracing/tracing.ts';
import type { StartResult } from '../starter/see-to-workflow.ts';
import { factsOfEvent } from './traced-event.ts';

/** Starts a workflow in the course of a span. */
export type TraceStart = (
  due: DueEvent,
  start: (due: DueEvent) => Promise<StartResult>,
) => Promise<StartResult>;

const untraced: TraceStart = (due, start) => start(due);

/**
 * Makes a span of each start of a workflow, which the workflow's input names. It goes on in the trace that the event's row
 * names; what came while tracing was off, or by a file, begins one, always of the same id. A replay is a trace of its own, linked
 * to the event's.
 */
export async function traceStarts(
  tracing: Tracing | undefined,
  database: Database,
  due: readonly DueEvent[],
): Promise<TraceStart> {
  if (!tracing || due.length === 0) return untraced;
  const seqs = due.map(({ input }) => input.seq);
  // They are claimed: for its span no event waits for its lease to end.
  const traceparents = await readTraceparents(database, seqs).catch(() => new Map<string, string>());
  return async (event, start) => {
    const { input, workflowId, startCount } = event;
    const received = traceparents.get(input.seq);
    const isReplay = input.replayId !== undefined;
    const span = tracing.begin({
      name: 'start syncSupplierEvent',
      kind: 'producer',
      traceId: traceIdOf(workflowId),
      ...(isReplay ? { links: received === undefined ? [] : [received] } : { parent: received }),
      facts: { ...factsOfEvent(input), 'catalog.start': startCount },
    });
    try {
      const result = await start({ ...event, input: { ...input, traceparent: span.traceparent } });
      span.note({ 'catalog.start_result': result });
      return result;
    } catch (error) {
      span.failed('not_started');
      throw error;
    } finally {
      span.end();
    }
  };
}

/** So that a second start of the same workflow is in the same trace. */
function traceIdOf(workflowId: string): string {
  return createHash('sha256').update(workflowId).digest('hex').slice(0, 32);
}
