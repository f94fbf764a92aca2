import { outgoing } from '../../../outgoing/outgoing.ts';
import { StorefrontSilent } from '../../get-answer.ts';
import { parseJson } from '../../parse-json.ts';
import { readLimited } from '../../read-limited.ts';
import { networkReason } from '../../reason.ts';
import { LONGEST_RETRY_AFTER_MS, readRetryAfter } from '../../retry-after.ts';
import type { Allowance } from './allowance.ts';

/** A page of a thousand items with their stock at some ten places. */
const ANSWER_BYTES = 8 * 1024 * 1024;

export interface AdminCall {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: unknown;
}

/** What the admin API of a shop answered. */
export interface AdminAnswer {
  status: number;
  /** Undefined: its body is no JSON, or too large. */
  json: unknown;
  header(name: string): string | undefined;
  retryAfterMs: number | undefined;
}

/**
 * Calls a shop's admin API with JSON.
 *
 * @param step what is being done, for the message of a failure
 * @throws StorefrontSilent when nothing is answered
 */
export async function callAdmin(step: string, call: AdminCall, time: Allowance): Promise<AdminAnswer> {
  const { method, url, headers, body } = call;
  try {
    const response = await outgoing().call(url, {
      method,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, deflate, br',
        'user-agent': 'catalog-sync',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      signal: time.signal,
    });
    const text = await readLimited(response.body, ANSWER_BYTES);
    // Shopify writes it with a decimal.
    const seconds = response
      .header('retry-after')
      ?.replace(/^(\d+)\.\d+$/, (given) => `${Math.ceil(Number(given))}`);
    const asked = readRetryAfter(seconds, Date.now());
    return {
      status: response.status,
      json: text === undefined ? undefined : parseJson(text),
      header: (name) => response.header(name),
      retryAfterMs: asked === undefined ? undefined : Math.min(asked, LONGEST_RETRY_AFTER_MS),
    };
  } catch (error) {
    const why = time.stopped()
      ? 'stopped by the sender before the answer came'
      : networkReason(error, time.timeoutMs);
    throw new StorefrontSilent(`${step}: ${why}`, { cause: error });
  }
}
