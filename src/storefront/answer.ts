import { z } from 'zod';
import { secondsInWords } from '../domain/span.ts';
import { parseJson } from './parse-json.ts';
import { printableReason } from './reason.ts';
import { LONGEST_RETRY_AFTER_MS, readRetryAfter } from './retry-after.ts';

/** What a storefront made of a cache bust. Reasons are printable and hold at most 300 characters. */
export type Answer =
  | { kind: 'accepted'; reason?: string; httpStatus: number; latencyMs: number }
  /** The same message again would get the same no. Without a status: the storefront is not even asked. */
  | { kind: 'rejected'; reason: string; httpStatus?: number }
  /** No answer of the contract: worth another try, not before `retryAfterMs`. */
  | { kind: 'unreachable'; reason: string; httpStatus?: number; retryAfterMs?: number };

/** What came before the body. */
export interface AnswerHead {
  httpStatus: number;
  statusText: string;
  retryAfter: string | undefined;
}

/** Statuses of the 4xx that say "later", not "no". */
const LATER = new Set([408, 425, 429]);

const contract = z.object({ accepted: z.boolean(), reason: z.string().nullish() });
/** Where an answer outside the contract may explain itself: our own field, then those of RFC 9457. */
const explanation = z.object({
  reason: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
});

/**
 * Judges a storefront's response.
 *
 * @param body its text, or why the text could not be read. A status that says no on its own is believed without it.
 */
export function readAnswer(head: AnswerHead, body: string | Error, latencyMs: number): Answer {
  const { httpStatus, statusText } = head;
  const json = typeof body === 'string' ? parseJson(body) : undefined;

  if (httpStatus >= 200 && httpStatus < 300) {
    if (body instanceof Error)
      return { kind: 'unreachable', reason: printableReason(body.message), httpStatus };
    const reason = `HTTP ${httpStatus} without {"accepted": true|false}: is this address a storefront's?`;
    return readContract(json, { httpStatus, latencyMs }) ?? { kind: 'unreachable', reason, httpStatus };
  }

  const told = explanation.safeParse(json).data;
  const detail = printableReason(told?.reason ?? told?.detail ?? told?.title ?? statusText);
  const reason = printableReason(`HTTP ${httpStatus}${detail === '' ? '' : `: ${detail}`}`);
  if (httpStatus >= 400 && httpStatus < 500 && !LATER.has(httpStatus)) {
    return { kind: 'rejected', reason, httpStatus };
  }
  if (httpStatus < 400) {
    return { kind: 'unreachable', reason: `HTTP ${httpStatus}: redirects are not followed`, httpStatus };
  }
  const asked = readRetryAfter(head.retryAfter, Date.now());
  if (asked === undefined) return { kind: 'unreachable', reason, httpStatus };
  const retryAfterMs = Math.min(asked, LONGEST_RETRY_AFTER_MS);
  const cut =
    asked > retryAfterMs
      ? ` (it asks to be left alone for longer than ${secondsInWords(retryAfterMs / 1000)}, which is the most)`
      : '';
  return { kind: 'unreachable', reason: `${reason}${cut}`, httpStatus, retryAfterMs };
}

/** What `{"accepted", "reason"}` says; undefined: it is something else. */
export function readContract(
  json: unknown,
  { httpStatus, latencyMs }: { httpStatus: number; latencyMs: number },
): Answer | undefined {
  const answer = contract.safeParse(json).data;
  if (!answer) return undefined;
  const reason = printableReason(answer.reason ?? '');
  if (!answer.accepted) {
    return { kind: 'rejected', reason: reason || 'the storefront gave no reason', httpStatus };
  }
  return { kind: 'accepted', ...(reason === '' ? {} : { reason }), httpStatus, latencyMs };
}
