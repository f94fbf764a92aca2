import type { FastifyReply } from 'fastify';
import type { Receipt } from '../ledger/record-supplier-events.ts';
import type { OpenSpan, Tracing } from '../telemetry/tracing/tracing.ts';
import { ProblemError, PROBLEMS } from './problems.ts';

/** The spans of a delivery that is taken in. */
export interface DeliverySpans {
  /** Of each event, in their order: for its row. */
  traceparents: readonly string[];
  /** What became of them is known. */
  received(receipts: readonly Receipt[]): void;
}

/**
 * Makes a span of a signed request, as a part of its sender's trace where it names one. The only event of a delivery goes on
 * in that trace. Of several, each has a trace of its own, linked to the request: a trace tells one event's story.
 *
 * @param work what the request is for; it is given `beginEvents`, to be called once it is known which events there are
 */
export async function traceDelivery<T>(
  tracing: Tracing,
  reply: FastifyReply,
  sender: { tenant: string; supplier: string },
  work: (beginEvents: (eventIds: readonly string[]) => DeliverySpans) => Promise<T>,
): Promise<T> {
  const { headers, routeOptions } = reply.request;
  const request = tracing.begin({
    name: `POST ${routeOptions.url ?? ''}`,
    kind: 'server',
    parent: [headers.traceparent].flat()[0],
    startedAtMs: Date.now() - reply.elapsedTime,
    facts: { ...factsOf(sender), 'http.request.method': 'POST', 'http.route': routeOptions.url },
  });
  let opened: OpenSpan[] = [];
  try {
    const answer = await work((eventIds) => {
      const [onlyId, ...others] = eventIds;
      request.note({ 'catalog.events': eventIds.length });
      if (others.length === 0) request.note({ 'catalog.event_id': onlyId });
      // Whoever does not want the request's trace wants none of its events'.
      else if (request.sampled)
        opened = eventIds.map((eventId) => beginEvent(tracing, request, sender, eventId));
      return {
        traceparents: eventIds.map((_, index) => (opened[index] ?? request).traceparent),
        received: (receipts) => {
          for (const [index, { status }] of receipts.entries()) {
            (opened[index] ?? request).note({ 'catalog.receipt': status });
          }
        },
      };
    });
    request.note({ 'http.response.status_code': 202 });
    return answer;
  } catch (error) {
    fail([request, ...opened], error);
    throw error;
  } finally {
    for (const span of [...opened, request]) span.end();
  }
}

function beginEvent(
  tracing: Tracing,
  request: OpenSpan,
  sender: { tenant: string; supplier: string },
  eventId: string,
): OpenSpan {
  return tracing.begin({
    name: 'receive event',
    kind: 'server',
    links: [request.traceparent],
    facts: { ...factsOf(sender), 'catalog.event_id': eventId },
  });
}

function factsOf({ tenant, supplier }: { tenant: string; supplier: string }) {
  return { 'catalog.tenant': tenant, 'catalog.supplier': supplier };
}

function fail(spans: readonly OpenSpan[], error: unknown): void {
  const code = error instanceof ProblemError ? error.code : undefined;
  const status = code && PROBLEMS[code].status;
  for (const span of spans) {
    span.note({ 'http.response.status_code': status, 'catalog.problem': code });
    // That a sender is refused is no failure of ours.
    if (status === undefined || status >= 500) span.failed(code ?? 'not_recorded');
  }
}
