import { outgoing } from '../outgoing/outgoing.ts';
import { timeoutOr } from '../process/timeout-or.ts';
import type { WebhookHeaders } from '../standard-webhooks/sign-message.ts';
import { addressBelow } from './address.ts';
import type { AnswerHead } from './answer.ts';
import { ANSWER_BYTES, readLimited } from './read-limited.ts';
import { networkReason } from './reason.ts';

/** What a storefront is sent: the headers, with those that sign it, and the very bytes. */
export interface SignedBust {
  headers: Partial<WebhookHeaders> & Record<string, string>;
  body: Buffer;
}

/** What came back: its text, or why that could not be read, printable; without a head nothing came. */
export type SignedAnswer =
  { head: AnswerHead; body: string | Error; latencyMs: number } | { head: undefined; body: Error };

/** Sends `POST {storefront}/cache-busts` as it is, whether or not its signature is right. Never throws. */
export async function postSigned(
  { headers, body }: SignedBust,
  to: {
    storefrontUrl: string;
    /** From the first byte sent to the last one read. */
    timeoutMs: number;
    signal?: AbortSignal | undefined;
    /** The most that the answer may be. */
    answerBytes?: number;
  },
): Promise<SignedAnswer> {
  const { timeoutMs, signal, answerBytes = ANSWER_BYTES } = to;
  const url = addressBelow(to.storefrontUrl, 'cache-busts');
  if (!url) {
    const error = new Error('the storefront address is not an http(s) address without user and password');
    return { head: undefined, body: error };
  }

  const begun = performance.now();
  const latencyMs = (): number => Math.round(performance.now() - begun);
  let head: AnswerHead | undefined;
  try {
    const response = await outgoing().call(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: timeoutOr(timeoutMs, signal),
    });
    head = {
      httpStatus: response.status,
      statusText: response.statusText,
      retryAfter: response.header('retry-after'),
    };
    const text = await readLimited(response.body, answerBytes);
    const tooLarge = new RangeError(`the answer is larger than ${answerBytes} bytes`);
    return { head, body: text ?? tooLarge, latencyMs: latencyMs() };
  } catch (error) {
    const reason = signal?.aborted
      ? 'stopped by the sender before the answer came'
      : networkReason(error, timeoutMs);
    return { head, body: new Error(reason), latencyMs: latencyMs() };
  }
}
