import { decodeBase64 } from '../standard-webhooks/base64.ts';
import { parseStrictJson } from './strict-json.ts';

/** A CloudEvent whose data stands in `data`. */
export interface OpenedCloudEvent {
  event: unknown;
  /** Where the data stood. */
  dataAt: 'data' | 'data_base64';
  /** What is wrong with the bytes of `data_base64`; there is no `data` then. */
  fault?: string;
}

/** Puts the JSON that is in `data_base64` (CloudEvents' JSON format 1.0.2, section 3.1.1) where it would stand as JSON. */
export function openCloudEvent(sent: unknown): OpenedCloudEvent {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    return { event: sent, dataAt: 'data' };
  const { data_base64: encoded, ...event } = sent as { data_base64?: unknown; data?: unknown };
  if (encoded === undefined || encoded === null) return { event, dataAt: 'data' };
  // Both of them: the schema refuses it.
  if (event.data !== undefined && event.data !== null) return { event: sent, dataAt: 'data' };
  const bytes = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  const json = bytes && parseStrictJson(bytes);
  if (json?.ok) return { event: { ...event, data: json.value }, dataAt: 'data_base64' };
  const fault = json
    ? `does not hold an event as JSON: ${json.detail.replace('The body', 'It').replace(/\.$/, '')}`
    : 'must be a string of base64 (RFC 4648, section 4) with its padding';
  return { event, dataAt: 'data_base64', fault };
}
