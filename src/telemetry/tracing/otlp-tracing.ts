import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type SpanContext,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  TracerProvider,
  type IdGenerator,
} from '@opentelemetry/sdk-trace';
import { parseTraceparent, formatTraceparent, type TraceContext } from '../../domain/traceparent.ts';
import type { TracingSettings } from '../../config/tracing.ts';
import type { Logger } from '../logger.ts';
import { boundedRequests } from './bounded-requests.ts';
import { samplerNamed } from './sampler.ts';
import { sayingOfLoss } from './saying-of-loss.ts';
import type { SpanStart, Tracing } from './tracing.ts';

/** The most spans that wait to be sent; what is more is lost. */
const MOST_WAITING = 4_096;
const SENT_AT_ONCE = 512;
/** The receiver has so long for them, in ms; a process that ends waits little longer. */
const SENT_WITHIN_MS = 3_000;
/** Meets a receiver that answers byte by byte, who is never silent for so long, in ms. */
const BROKEN_OFF_AFTER_MS = SENT_WITHIN_MS + 1_000;
/** At the end of the process, in ms. */
const CLOSED_WITHIN_MS = 2_000;
/** As many items as a call may hold. */
const MOST_LINKS = 512;
/** Of a fact; whoever reaches Temporal can say of an event what he likes. */
const LONGEST_FACT = 256;

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, client: SpanKind.CLIENT } as const;

/**
 * Spans that are sent to `endpoint` by OTLP/HTTP, some at a time and beside the work: nothing waits for the receiver, and
 * what it does not take in time is dropped.
 */
export function createOtlpTracing(
  settings: TracingSettings & { service: string; log: Logger; sendEveryMs?: number },
): Tracing {
  const { endpoint, headers, log } = settings;
  const ids = new PinnedIds();
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers,
    timeoutMillis: SENT_WITHIN_MS,
  });
  const requests = boundedRequests(BROKEN_OFF_AFTER_MS);
  const sending = sayingOfLoss(
    {
      exporter: {
        export: (spans, done) => requests.during(() => exporter.export(spans, done)),
        shutdown: () => exporter.shutdown(),
      },
      mostWaiting: MOST_WAITING,
      log,
    },
    (bounded) =>
      new BatchSpanProcessor({
        exporter: bounded,
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: SENT_AT_ONCE,
        scheduledDelayMillis: settings.sendEveryMs ?? 2_000,
        exportTimeoutMillis: BROKEN_OFF_AFTER_MS,
      }),
  );
  const provider = new TracerProvider({
    idGenerator: ids,
    sampler: samplerNamed(settings.sampler, settings.samplerArgument),
    resource: resourceFromAttributes({
      'host.name': hostname(),
      'process.pid': process.pid,
      ...settings.resource,
      'service.name': settings.service,
    }),
    spanLimits: { linkCountLimit: MOST_LINKS, attributeValueLengthLimit: LONGEST_FACT },
    spanProcessors: [sending.processor],
  });
  const tracer = provider.getTracer('catalog-sync');

  return {
    begin: (start) => {
      const parent = parseTraceparent(start.parent);
      ids.pin(start);
      const span = tracer.startSpan(
        start.name,
        {
          kind: start.kind === undefined ? SpanKind.INTERNAL : KINDS[start.kind],
          ...(start.startedAtMs !== undefined && { startTime: start.startedAtMs }),
          links: (start.links ?? []).flatMap((link) => {
            const context = parseTraceparent(link);
            return context ? [{ context: remote(context) }] : [];
          }),
        },
        parent ? trace.setSpanContext(ROOT_CONTEXT, remote(parent)) : ROOT_CONTEXT,
      );
      span.setAttributes(start.facts ?? {});
      const { traceId, spanId, traceFlags } = span.spanContext();
      const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
      return {
        traceparent: formatTraceparent({ traceId, spanId, sampled }),
        sampled,
        note: (facts) => span.setAttributes(facts),
        failed: (type) => {
          span.setAttribute('error.type', type);
          span.setStatus({ code: SpanStatusCode.ERROR });
        },
        end: () => span.end(),
      };
    },
    close: async () => {
      const late = new AbortController();
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        sleep(CLOSED_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined),
      ]);
      late.abort();
      sending.end();
      requests.end();
    },
  };
}

function remote({ traceId, spanId, sampled }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}

/** Random ids, but for those that the next span is given. */
class PinnedIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #pinned: Pick<SpanStart, 'traceId' | 'spanId'> = {};

  pin(ids: Pick<SpanStart, 'traceId' | 'spanId'>): void {
    this.#pinned = ids;
  }

  generateTraceId(): string {
    return this.#pinned.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#pinned.spanId ?? this.#random.generateSpanId();
  }
}
