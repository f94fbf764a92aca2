import { createHmac } from 'node:crypto';
import { parseTime, type Micros } from '../domain/time.ts';
import { decodeBase64 } from '../standard-webhooks/base64.ts';
import { isTimestamp } from '../standard-webhooks/message.ts';
import { isOneOf } from './constant-time.ts';
import { refuse, theHeader, type Judged, type Presented, type Refused } from './presented.ts';
import type { HmacScheme } from './scheme.ts';
import { signedParts } from './signed-text.ts';

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;

/** Judges a request by its signature's form and its time: what is refused here would be with any body and secret. */
export function judgeHmac(scheme: HmacScheme, presented: Presented): Judged {
  const read = readHmac(scheme, presented);
  return read.ok ? { ok: true } : read;
}

/** Holds a request against all active secrets, several during a rotation. */
export function verifyHmac(
  scheme: HmacScheme,
  presented: Presented,
  body: Buffer,
  secrets: readonly Buffer[],
): Judged {
  const read = readHmac(scheme, presented);
  if (!read.ok) return read;
  const expected = secrets.map((secret) => hmacOf(scheme, secret, read.timestamp, body));
  return isOneOf(read.signature, expected) ? { ok: true } : refuse('no signature matches');
}

/** The signature of a body, and of a time as its header has it; '' where there is none. */
export function hmacOf(
  { algorithm, signs }: Pick<HmacScheme, 'algorithm' | 'signs'>,
  secret: Buffer,
  timestamp: string,
  body: Buffer,
): Buffer {
  const hmac = createHmac(algorithm, secret);
  for (const part of signedParts(signs, timestamp, body)) {
    // A header's text is latin1 in Node: so the bytes are again those that were sent.
    hmac.update(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
  }
  return hmac.digest();
}

function readHmac(
  scheme: HmacScheme,
  presented: Presented,
): { ok: true; signature: Buffer; timestamp: string } | Refused {
  const sent = theHeader(presented, scheme.header);
  if (!sent.ok) return sent;
  const signature = signatureOf(scheme, sent.value);
  if (!signature) {
    const form = `${scheme.prefix}${scheme.encoding === 'hex' ? 'HEX' : 'BASE64'} of ${scheme.algorithm}`;
    return refuse(`${scheme.header} is not a signature such as ${form}`);
  }
  if (scheme.timestamp === null) return { ok: true, signature, timestamp: '' };
  const { header, format, tolerance } = scheme.timestamp;
  const timestamp = theHeader(presented, header);
  if (!timestamp.ok) return timestamp;
  const at = timeOf(timestamp.value, format);
  if (at === undefined) return refuse(`${header} is not a time as ${FORMS[format]}`);
  const age = presented.now - at;
  const most = BigInt(tolerance) * 1_000_000n;
  if (age > most) return refuse(`${header} is too old`);
  if (age < -most) return refuse(`${header} is too far in the future`);
  return { ok: true, signature, timestamp: timestamp.value };
}

function signatureOf({ prefix, encoding, algorithm }: HmacScheme, text: string): Buffer | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const digits = text.slice(prefix.length);
  const bytes = encoding === 'base64' ? decodeBase64(digits) : decodeHex(digits);
  return bytes?.length === DIGEST_BYTES[algorithm] ? bytes : undefined;
}

/** Node's decoder stops at the first character that is none, and says nothing. */
function decodeHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

const FORMS = {
  seconds: 'whole seconds since 1970',
  milliseconds: 'whole milliseconds since 1970',
  rfc3339: 'RFC 3339 has it',
} as const;

function timeOf(text: string, format: keyof typeof FORMS): Micros | undefined {
  if (format === 'rfc3339') {
    const parsed = parseTime(text);
    return parsed.ok ? parsed.at : undefined;
  }
  if (!isTimestamp(text)) return undefined;
  return BigInt(text) * (format === 'seconds' ? 1_000_000n : 1_000n);
}
