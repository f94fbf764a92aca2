/** Which traces are kept, as OpenTelemetry names it. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** Where spans go, and what they say of this process. */
export interface TracingSettings {
  /** The receiver's address; spans are sent to `/v1/traces` below it. */
  endpoint: string;
  headers: Record<string, string>;
  /** Undefined: the process has one of its own. */
  service?: string;
  resource: Record<string, string>;
  sampler: SamplerName;
  /** Of a sampler that keeps a part: from 0 to 1. */
  samplerArgument: number;
}

/** What an address of a tracing UI has in the place of the trace's id. */
export const TRACE_ID = '{traceId}';

/**
 * Reads `name=value,other=value`, each value percent-encoded, as OpenTelemetry writes headers and attributes in a variable.
 *
 * @returns undefined for anything else
 */
export function parsePairs(text: string): Record<string, string> | undefined {
  const pairs = text.split(',').map((part) => /^\s*([^\s=,]+)\s*=\s*(.*?)\s*$/.exec(part));
  try {
    return Object.fromEntries(
      pairs.map((pair) => {
        if (!pair) throw new URIError('no pair');
        return [pair[1] ?? '', decodeURIComponent(pair[2] ?? '')];
      }),
    );
  } catch {
    return undefined;
  }
}
