/** No sender waits longer than this because a receiver asked it to. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
];
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads `Retry-After` in either of its forms (RFC 9110, 10.2.3): whole seconds, or a date in one of the three
 * formats of 5.6.7. A date in the past means now.
 *
 * @returns milliseconds, as many as were asked for; undefined if there is no such header or it is malformed
 */
export function readRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = ASCTIME.test(text) ? `${text} GMT` : HTTP_DATES.some((form) => form.test(text)) ? text : '';
  const wait = Date.parse(date) - nowMs;
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}
