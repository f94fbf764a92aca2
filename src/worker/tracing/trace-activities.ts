import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Published, Saved, SyncInput } from '../../domain/sync-event.ts';
import { mustParseTime } from '../../domain/time.ts';
import type { OpenSpan, Tracing } from '../../telemetry/tracing/tracing.ts';
import { factsOfEvent } from './traced-event.ts';
import { workflowTraceparent } from './workflow-span.ts';

/**
 * A span for each attempt of an activity on an event's way, in the run of its workflow. What the activity gets names that
 * span, and no longer what started the workflow.
 */
export function traceActivities(tracing: Tracing): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const event = eventOf(input.args);
        const parent = workflowTraceparent(event?.traceparent, info.workflowExecution?.runId ?? '');
        if (!event || parent === undefined) return next(input);
        const span = tracing.begin({
          name: info.activityType,
          parent,
          facts: {
            ...factsOfEvent(event),
            ...{ 'temporal.attempt': info.attempt, 'temporal.local_activity': info.isLocal },
          },
        });
        try {
          const result = await next({ ...input, args: withTraceparent(input.args, span.traceparent) });
          noteResult(span, event, result);
          return result;
        } catch (error) {
          noteFailure(span, error);
          throw error;
        } finally {
          span.end();
        }
      },
    },
  });
}

type Args = ActivityExecuteInput['args'];

/** The event that an activity is about: what it is given, or a part of that. */
function eventOf([first]: Args): SyncInput | undefined {
  if (typeof first !== 'object' || first === null) return undefined;
  const event: unknown = 'event' in first ? first.event : first;
  return typeof event === 'object' && event !== null ? (event as SyncInput) : undefined;
}

function withTraceparent([first, ...others]: Args, traceparent: string): Args {
  const given = first as { event?: object };
  const traced = given.event
    ? { ...given, event: { ...given.event, traceparent } }
    : { ...given, traceparent };
  return [traced, ...others];
}

/** With the lags that the histograms count: their exporter has no exemplars. Not of a replay, as there. */
function noteResult(span: OpenSpan, { receivedAt, replayId }: SyncInput, result: unknown): void {
  const { outcome, publication } = (result ?? {}) as {
    outcome?: Saved['outcome'];
    publication?: Published['publication'];
  };
  span.note({ 'catalog.outcome': outcome, 'catalog.publication': publication });
  if (replayId !== undefined || (outcome === undefined && publication !== 'accepted')) return;
  const lag = outcome === undefined ? 'catalog.published_lag_seconds' : 'catalog.decided_lag_seconds';
  span.note({ [lag]: (Date.now() * 1000 - Number(mustParseTime(receivedAt))) / 1e6 });
}

function noteFailure(span: OpenSpan, error: unknown): void {
  const failure = error instanceof ApplicationFailure ? error : undefined;
  const { nextRetryDelay } = failure ?? {};
  span.note({ 'catalog.tried_again_in_ms': typeof nextRetryDelay === 'number' ? nextRetryDelay : undefined });
  span.failed(failure?.type ?? 'failed');
}
