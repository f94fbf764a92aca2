import type { InjectedSinks } from '@temporalio/worker';
import type { TracingSinks } from '../../../workflows/tell-of-end.ts';
import { formatTraceparent, parseTraceparent } from '../../domain/traceparent.ts';
import type { Tracing } from '../../telemetry/tracing/tracing.ts';
import { factsOfEvent } from './traced-event.ts';

/**
 * The span of a workflow's run. It is known from the run's id, so that activities can be a part of it before anybody tells of
 * it: which is at its end, maybe in another process, a day later.
 */
export function workflowSpanId(runId: string): string {
  // The end of a UUID is random, and never all 0.
  return runId.replaceAll('-', '').slice(-16).toLowerCase();
}

/** The `traceparent` of a run, for what is a part of it; undefined where the event is not traced. */
export function workflowTraceparent(startedBy: unknown, runId: string): string | undefined {
  const start = parseTraceparent(startedBy);
  return start && formatTraceparent({ ...start, spanId: workflowSpanId(runId) });
}

/** What workflows tell at their end. A worker where tracing is off hears of those that another one started, and is silent. */
export function tracingSinks(tracing: Tracing | undefined): InjectedSinks<TracingSinks> {
  return {
    tracing: {
      ended: {
        callDuringReplay: false,
        fn: ({ workflowId, runId, workflowType, runStartTime }, input, { outcome, publication, failed }) => {
          if (!tracing || !parseTraceparent(input.traceparent)) return;
          const span = tracing.begin({
            name: workflowType,
            parent: input.traceparent,
            spanId: workflowSpanId(runId),
            startedAtMs: runStartTime.getTime(),
            facts: {
              ...factsOfEvent(input),
              ...{ 'temporal.workflow_id': workflowId, 'temporal.run_id': runId },
              ...{ 'catalog.outcome': outcome, 'catalog.publication': publication },
            },
          });
          if (failed !== undefined) span.failed(failed);
          span.end();
        },
      },
    },
  };
}
