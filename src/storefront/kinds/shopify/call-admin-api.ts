import type { z } from 'zod';
import { outgoing } from '../../../outgoing/outgoing.ts';
import { timeoutOr } from '../../../process/timeout-or.ts';
import { addressBelow } from '../../address.ts';
import type { Answer } from '../../answer.ts';
import { parseJson } from '../../parse-json.ts';
import { readLimited } from '../../read-limited.ts';
import { networkReason, printableReason } from '../../reason.ts';
import { LONGEST_RETRY_AFTER_MS, readRetryAfter } from '../../retry-after.ts';
import type { OpenStorefront } from '../kind.ts';
import { API_VERSION } from './documents.ts';
import { CALL_ERRORS, STATUSES } from './errors.ts';
import { envelope, throttledForMs, type Envelope } from './envelope.ts';

/** Some thirty variants take a tenth of it. */
const ANSWER_BYTES = 256 * 1024;

/** A call to the shop came to nothing. Neither the message nor the answer holds the access token. */
export class CallFailed extends Error {
  override name = 'CallFailed';
  readonly answer: Extract<Answer, { kind: 'unreachable' }>;

  constructor(answer: Omit<CallFailed['answer'], 'kind'>) {
    super(answer.reason);
    this.answer = { kind: 'unreachable', ...answer };
  }
}

/** Calls that together have to be done within a time. */
export type CallAdminApi = <Schema extends z.ZodType>(
  document: string,
  variables: object,
  data: Schema,
) => Promise<z.output<Schema>>;

/** @returns a function that throws CallFailed for whatever is no answer to the document */
export function adminApi(
  { url: base, secret }: Pick<OpenStorefront, 'url' | 'secret'>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): CallAdminApi {
  const end = performance.now() + timeoutMs;
  const url = addressBelow(base, 'admin', 'api', API_VERSION, 'graphql.json');
  return async (document, variables, schema) => {
    if (!url)
      throw new CallFailed({
        reason: 'the shop address is not an http(s) address without user and password',
      });
    if (!secret) throw new CallFailed({ reason: 'the shop has no access token to call it with' });
    const leftMs = Math.floor(end - performance.now());
    if (leftMs <= 0) throw new CallFailed({ reason: `no answer within ${timeoutMs} ms` });
    const { httpStatus, json } = await post(url, {
      ...{ secret, timeoutMs, signal: timeoutOr(leftMs, signal) },
      body: Buffer.from(JSON.stringify({ query: document, variables })),
    });
    const [error] = json.errors ?? [];
    if (error) throw refused(httpStatus, error, json);
    const read = schema.safeParse(json.data);
    if (read.success) return read.data;
    throw new CallFailed({
      reason: `HTTP ${httpStatus} without what the Admin API answers: is this a shop?`,
      httpStatus,
    });
  };
}

async function post(
  url: URL,
  call: { secret: Buffer; body: Buffer; signal: AbortSignal; timeoutMs: number },
): Promise<{ httpStatus: number; json: Envelope }> {
  let httpStatus: number | undefined;
  try {
    const response = await outgoing().call(url, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', accept: 'application/json' },
        'x-shopify-access-token': call.secret.toString(),
      },
      body: call.body,
      signal: call.signal,
    });
    httpStatus = response.status;
    const text = await readLimited(response.body, ANSWER_BYTES);
    if (httpStatus !== 200) throw unexpected(httpStatus, response.statusText, response.header('retry-after'));
    const json = envelope.safeParse(parseJson(text ?? '')).data;
    if (json) return { httpStatus, json };
    throw new CallFailed({
      reason: `HTTP ${httpStatus} without JSON of the Admin API: is this a shop?`,
      httpStatus,
    });
  } catch (error) {
    if (error instanceof CallFailed) throw error;
    const reason = networkReason(error, call.timeoutMs);
    throw new CallFailed({ reason, ...(httpStatus !== undefined && { httpStatus }) });
  }
}

function unexpected(httpStatus: number, statusText: string, retryAfter: string | undefined): CallFailed {
  const words = httpStatus < 400 ? 'redirects are not followed' : (STATUSES[httpStatus] ?? statusText);
  // They write it with a decimal.
  const asked = readRetryAfter(retryAfter?.replace(/\.\d+$/, ''), Date.now());
  return new CallFailed({
    ...{ reason: printableReason(`HTTP ${httpStatus}: ${words}`.replace(/: $/, '')), httpStatus },
    ...(asked !== undefined && { retryAfterMs: Math.min(asked, LONGEST_RETRY_AFTER_MS) }),
  });
}

function refused(
  httpStatus: number,
  { message, extensions }: NonNullable<Envelope['errors']>[number],
  answer: Envelope,
): CallFailed {
  const code = extensions?.code;
  const words = (code !== undefined && CALL_ERRORS[code]) || message;
  return new CallFailed({
    ...{ reason: printableReason(`the shop answered ${code ?? 'with an error'}: ${words}`), httpStatus },
    ...(code === 'THROTTLED' && { retryAfterMs: throttledForMs(answer) }),
  });
}
