/** What is said of a span: facts by name. No SKU, no quantity, nothing that somebody else wrote: see docs/tracing.md. */
export type Facts = Record<string, string | number | boolean | undefined>;

export interface SpanStart {
  name: string;
  /** server: a request that came; producer: work that is handed on; client: a call; else something inside. */
  kind?: 'server' | 'producer' | 'client';
  /** The `traceparent` of the span that it is a part of; undefined or unreadable: it begins a trace. */
  parent?: string | undefined;
  /** The `traceparent`s of others that it has to do with. */
  links?: readonly string[];
  facts?: Facts;
  /** In ms since the epoch; now, unless given. */
  startedAtMs?: number;
  /** Of the trace that it begins, where that has to be the same another time: 32 hexadecimal digits. */
  traceId?: string;
  /** Where others know it before it is told of: 16 hexadecimal digits. */
  spanId?: string;
}

export interface OpenSpan {
  /** Names it to whatever comes next. */
  traceparent: string;
  /** Whether anybody will see it. */
  sampled: boolean;
  note(facts: Facts): void;
  /** @param type such as a failure mode: a word of ours, and not what somebody said */
  failed(type: string): void;
  /** Tells of it, some seconds later. */
  end(): void;
}

/** Spans, sent by OTLP. A process where tracing is off has none. */
export interface Tracing {
  /** Never throws, and never waits. */
  begin(start: SpanStart): OpenSpan;
  /** Sends what has ended, within two seconds; what is left then is lost. */
  close(): Promise<void>;
}
