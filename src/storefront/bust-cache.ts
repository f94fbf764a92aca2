import { outgoing } from '../outgoing/outgoing.ts';
import { timeoutOr } from '../process/timeout-or.ts';
import { signMessage, type WebhookHeaders } from '../standard-webhooks/sign-message.ts';
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

/** What a storefront is sent: the headers that sign it, and the very bytes. */
export interface SignedBust {
  headers: Partial<WebhookHeaders>;
  body: Buffer;
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
  return postBust(signBust(bust, Math.floor(Date.now() / 1000)), bust);
}

/** @throws RangeError for a secret or a message id that cannot be signed with */
export function signBust(
  {
    messageId: id,
    item,
    secret,
    secretBefore,
  }: Pick<CacheBust, 'messageId' | 'item' | 'secret' | 'secretBefore'>,
  timestampSeconds: number,
): SignedBust {
  const { itemId, tenant, sku, version, quantity } = item;
  const body = Buffer.from(JSON.stringify({ itemId, tenant, sku, version, quantity }));
  return { headers: signMessage({ id, timestampSeconds, body, secret, secretBefore }), body };
}

/** Sends a message as it is, whether or not its signature is right. */
export async function postBust(
  { headers, body }: SignedBust,
  bust: Pick<CacheBust, 'storefrontUrl' | 'timeoutMs' | 'signal'>,
): Promise<Answer> {
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
    const response = await outgoing().call(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: timeoutOr(bust.timeoutMs, bust.signal),
    });
    head = {
      httpStatus: response.status,
      statusText: response.statusText,
      retryAfter: response.header('retry-after'),
    };
    const text = await readLimited(response.body);
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
