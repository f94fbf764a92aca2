import { TRACE_ID } from '../config/tracing.ts';
import { parseTraceparent } from '../domain/traceparent.ts';
import type { WebUi } from '../temporal/workflow-url.ts';

/** Where an event's spans are seen; null: nowhere that is known, or it has none. */
export function spansUrl({ traceUiUrl }: WebUi, traceparent: string | null): string | null {
  const trace = parseTraceparent(traceparent);
  if (traceUiUrl === undefined || !trace?.sampled) return null;
  return traceUiUrl.replaceAll(TRACE_ID, trace.traceId);
}
