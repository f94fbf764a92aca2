import { outgoing } from '../outgoing/outgoing.ts';
import { networkReason } from './reason.ts';
import { readLimited } from './read-limited.ts';
import { LONGEST_RETRY_AFTER_MS, readRetryAfter } from './retry-after.ts';

/** A storefront gave no answer of the contract to a question; the message says why, and is printable. */
export class StorefrontSilent extends Error {
  override name = 'StorefrontSilent';
  /** Undefined: there was no answer at all. */
  readonly httpStatus: number | undefined;
  /** How long it asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { httpStatus?: number; retryAfterMs?: number } = {}) {
    super(message, options);
    this.httpStatus = options.httpStatus;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What a storefront answered. */
export interface StorefrontAnswer {
  status: number;
  /** Undefined: larger than it may be. */
  text: string | undefined;
  retryAfterMs: number | undefined;
}

/** What a status means that is none of the contract. */
export function statusInWords(status: number): string {
  return `HTTP ${status}${status >= 300 && status < 400 ? ': redirects are not followed' : ''}`;
}

/**
 * Asks a storefront as a customer's browser would, so that caches on the way, which a customer would see too, are not
 * passed by. No redirect is followed, and no more is read than the limit.
 *
 * @param step what is being done, for the message of a failure
 * @throws StorefrontSilent
 */
export async function getAnswer(
  step: string,
  url: URL,
  { timeoutMs, limit, accept = 'application/json' }: { timeoutMs: number; limit?: number; accept?: string },
): Promise<StorefrontAnswer> {
  try {
    const response = await outgoing().call(url, {
      method: 'GET',
      headers: {
        accept,
        'accept-encoding': 'gzip, deflate, br',
        'user-agent': 'catalog-sync',
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const asked = readRetryAfter(response.header('retry-after'), Date.now());
    return {
      status: response.status,
      text: await readLimited(response.body, limit),
      retryAfterMs: asked === undefined ? undefined : Math.min(asked, LONGEST_RETRY_AFTER_MS),
    };
  } catch (error) {
    throw new StorefrontSilent(`${step}: ${networkReason(error, timeoutMs)}`, { cause: error });
  }
}
