import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import protobuf from 'protobufjs';

/** As opentelemetry/proto/trace/v1/trace.proto has it, as far as tests look at it. */
const { root } = protobuf.parse(`syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
    repeated Link links = 13; Status status = 15;
  }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }`);

type Facts = Record<string, string | number | boolean>;

/** A span that was received; ids are hexadecimal, '' where there is none. */
export interface ReceivedSpan {
  service: unknown;
  resource: Facts;
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: number;
  startMs: number;
  endMs: number;
  facts: Facts;
  links: { traceId: string; spanId: string }[];
  failed: boolean;
}

export interface OtlpReceiver {
  url: string;
  spans: ReceivedSpan[];
  requests: { path: string; headers: IncomingHttpHeaders }[];
  /** Whether it takes what it gets without a word, from now on. */
  silent: boolean;
  close(): void;
}

interface Decoded {
  resourceSpans: { resource: Attributed; scopeSpans: { spans: DecodedSpan[] }[] }[];
}
interface Attributed {
  attributes: { key: string; value: Facts }[];
}
interface DecodedSpan extends Attributed {
  traceId: Buffer;
  spanId: Buffer;
  parentSpanId: Buffer;
  name: string;
  kind: number;
  startTimeUnixNano: number;
  endTimeUnixNano: number;
  links: { traceId: Buffer; spanId: Buffer }[];
  status?: { code: number };
}

/** A receiver of OTLP/HTTP in protobuf, on 127.0.0.1. */
export async function otlpReceiver(): Promise<OtlpReceiver> {
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      receiver.requests.push({ path: request.url ?? '', headers: request.headers });
      receiver.spans.push(...decode(body));
      if (!receiver.silent) response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  const receiver: OtlpReceiver = {
    ...{ url: '', spans: [], requests: [], silent: false },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

function decode(body: Buffer): ReceivedSpan[] {
  const type = root.lookupType('Request');
  const { resourceSpans } = type.toObject(type.decode(body), {
    arrays: true,
    longs: Number,
  }) as unknown as Decoded;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(factsOf(resource), span))),
  );
}

function spanOf(resource: Facts, span: DecodedSpan): ReceivedSpan {
  const hex = (id: Buffer | undefined): string => Buffer.from(id ?? []).toString('hex');
  return {
    ...{
      service: resource['service.name'],
      resource,
      name: span.name,
      kind: span.kind,
      facts: factsOf(span),
    },
    ...{ traceId: hex(span.traceId), spanId: hex(span.spanId), parentId: hex(span.parentSpanId) },
    ...{ startMs: span.startTimeUnixNano / 1e6, endMs: span.endTimeUnixNano / 1e6 },
    links: span.links.map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
    failed: span.status?.code === 2,
  };
}

function factsOf({ attributes }: Attributed): Facts {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? '']));
}
