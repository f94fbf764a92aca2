import type { Micros } from '../domain/time.ts';
import type { MessageHeaders } from '../standard-webhooks/verify-message.ts';

/** What of a request, but for its body, may prove who sent it. */
export interface Presented {
  /** As Node gives them: names in lower case, values decoded as latin1. */
  headers: MessageHeaders;
  /** Names and values in turn: only there a header that was sent twice shows. */
  rawHeaders: readonly string[];
  /** What a trusted proxy says of the client's certificate, or why nothing is believed. */
  certificate: { ok: true; text: string } | { ok: false; reason: string };
  now: Micros;
}

/** A reason is safe to show to the sender: it names no secret and no expected signature. */
export type Judged = { ok: true } | Refused;
export interface Refused {
  ok: false;
  reason: string;
  /** For `WWW-Authenticate` (RFC 9110, section 11.6.1), where HTTP has a name for what was missing. */
  challenge?: string;
}

export function refuse(reason: string, challenge?: string): Refused {
  return { ok: false, reason, ...(challenge !== undefined && { challenge }) };
}

/** A header that has to stand once, and hold something. @param name in lower case */
export function theHeader(
  { rawHeaders }: Pick<Presented, 'rawHeaders'>,
  name: string,
): { ok: true; value: string } | Refused {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  );
  const [value = ''] = values;
  if (values.length > 1) return refuse(`the header ${name} was sent more than once`);
  return value === '' ? refuse(`the header ${name} is missing`) : { ok: true, value };
}
