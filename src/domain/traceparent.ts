/** Where a span stands, as W3C Trace Context says it in the header `traceparent`. */
export interface TraceContext {
  /** 32 hexadecimal digits, not all 0. */
  traceId: string;
  /** 16 hexadecimal digits, not all 0: the span that what comes next is a child of. */
  spanId: string;
  /** Whether whoever began the trace wants it kept. */
  sampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NOUGHT = /^0+$/;

/**
 * Reads a `traceparent` as https://www.w3.org/TR/trace-context/#traceparent-header has it; of a version to come, the part
 * that it shares with ours.
 *
 * @returns undefined for anything else
 */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string') return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = FORM.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (NOUGHT.test(traceId) || NOUGHT.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
