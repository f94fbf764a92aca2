import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { request, type Dispatcher } from 'undici';
import { timeoutOr } from '../process/timeout-or.ts';
import { signMessage } from '../standard-webhooks/sign-message.ts';
import { addressBelow } from './address.ts';
import { readAnswer, type Answer, type AnswerHead } from './answer.ts';
import { ANSWER_BYTES, readLimited } from './read-limited.ts';
import { networkReason } from './reason.ts';

export interface CacheBust {
  /** The storefront's base address; may have a path prefix. */
  storefrontUrl: string;
  secret: Buffer;
  /** While a storefront changes to a new secret: signs beside it. */
  secretBefore?: Buffer | undefined;
  /** The `webhook-id`: the same for every try of one message. */
  messageId: string;
  item: { itemId: string; tenant: string; sku: string; version: number; quantity: number };
  /** From the first byte sent to the last one read. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Tells a storefront an item's version: `POST {storefront}/cache-busts`, signed with Standard Webhooks headers.
 *
 * Whatever the storefront or the network does becomes an answer, never an exception; so does the caller's signal.
 * An unreachable storefront may still have taken the message in.
 *
 * @throws RangeError for a secret or a message id that cannot be signed with
 */
export async function bustCache(bust: CacheBust): Promise<Answer> {
  const { itemId, tenant, sku, version, quantity } = bust.item;
  const body = Buffer.from(JSON.stringify({ itemId, tenant, sku, version, quantity }));
  const headers = signMessage({
    id: bust.messageId,
    timestampSeconds: Math.floor(Date.now() / 1000),
    body,
    secret: bust.secret,
    secretBefore: bust.secretBefore,
  });
  const url = addressBelow(bust.storefrontUrl, 'cache-busts');
  if (!url) {
    return {
      kind: 'unreachable',
      reason: 'the storefront address is not an http(s) address without user and password',
    };
  }

  const begun = performance.now();
  let head: AnswerHead | undefined;
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: timeoutOr(bust.timeoutMs, bust.signal),
    });
    head = {
      httpStatus: response.statusCode,
      statusText: response.statusText,
      retryAfter: headerOf(response, 'retry-after'),
    };
    const text = await readLimited(decoded(response));
    const latencyMs = Math.round(performance.now() - begun);
    return readAnswer(
      head,
      text ?? new RangeError(`the answer is larger than ${ANSWER_BYTES} bytes`),
      latencyMs,
    );
  } catch (error) {
    const reason = bust.signal?.aborted
      ? 'stopped by the sender before the answer came'
      : networkReason(error, bust.timeoutMs);
    if (!head) return { kind: 'unreachable', reason };
    return readAnswer(head, new Error(reason), Math.round(performance.now() - begun));
  }
}

const headerOf = ({ headers }: Dispatcher.ResponseData, name: string): string | undefined =>
  [headers[name] ?? []].flat()[0];

const DECODERS: Partial<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Some servers compress whether they are asked to or not. */
function decoded(response: Dispatcher.ResponseData): Readable {
  const decoder = DECODERS[headerOf(response, 'content-encoding')?.toLowerCase() ?? '']?.();
  // Whoever reads the decoder is told of its errors, and leaves.
  return decoder ? pipeline(response.body, decoder, () => undefined) : response.body;
}
