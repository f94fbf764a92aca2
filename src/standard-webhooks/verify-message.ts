import { timingSafeEqual } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { digestOf, isMessageId, isTimestamp } from './message.ts';
import { checkSecret } from './secret.ts';

/** Why a message is not taken as signed. Safe to show to the sender: names no secret and no expected signature. */
export type SignatureFault =
  | `the header ${string} is missing`
  | `the header ${string} was sent more than once`
  | 'webhook-id is not 1 to 200 printable ASCII characters without dot, comma and space'
  | 'webhook-timestamp is not whole seconds since 1970 in plain digits'
  | 'webhook-timestamp is too old'
  | 'webhook-timestamp is too far in the future'
  | 'webhook-signature has no signature such as v1,BASE64'
  | `webhook-signature has more than ${typeof MOST_SIGNATURES} signatures`
  | 'no signature matches';

export type Verification = { ok: true } | { ok: false; reason: SignatureFault };

/** Headers as Node gives them: names in lower case, values decoded as latin1. */
export type MessageHeaders = Readonly<Record<string, string | string[] | undefined>>;

const DIGEST_BYTES = 32;
const VERSION = 'v1,';
/** Keeps the work for one message small; a rotation needs two. */
const MOST_SIGNATURES = 32;

/**
 * Holds a message against the receiver's active secrets, as Standard Webhooks 1.0.0 says, and stricter where the
 * specification is silent: one spelling for each id and timestamp and for a signature that counts, and no header twice.
 *
 * @throws RangeError for a secret of a wrong length: a fault of the receiver, never of the message
 */
export function verifyMessage(message: {
  headers: MessageHeaders;
  /** The bytes as they arrived. */
  body: Buffer;
  /** All that are active, several during a rotation. */
  secrets: readonly Buffer[];
  nowSeconds: number;
  toleranceSeconds?: number;
}): Verification {
  const { headers, body, secrets, nowSeconds, toleranceSeconds } = message;
  const read = readHeaders(headers);
  if (!read.ok) return read;
  const { id, timestamp, signatures } = read;

  // Not short-circuited: how long it takes must not tell which secret or signature came close.
  let matches = 0;
  for (const secret of secrets) {
    checkSecret(secret);
    const expected = digestOf(id, timestamp, body, secret);
    for (const signature of signatures) matches += timingSafeEqual(signature, expected) ? 1 : 0;
  }
  if (matches === 0) return refuse('no signature matches');

  return verifyTime(timestamp, nowSeconds, toleranceSeconds);
}

/**
 * Judges a message by its headers alone, before its body has come: what is refused here would be refused with any body
 * and any secret.
 */
export function verifyHeaders(message: {
  headers: MessageHeaders;
  nowSeconds: number;
  toleranceSeconds?: number;
}): Verification {
  const read = readHeaders(message.headers);
  return read.ok ? verifyTime(read.timestamp, message.nowSeconds, message.toleranceSeconds) : read;
}

function readHeaders(
  headers: MessageHeaders,
):
  | { ok: true; id: string; timestamp: string; signatures: readonly Buffer[] }
  | { ok: false; reason: SignatureFault } {
  const values: string[] = [];
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (Array.isArray(value)) return refuse(`the header ${name} was sent more than once`);
    if (value === undefined || value === '') return refuse(`the header ${name} is missing`);
    values.push(value);
  }
  const [id = '', timestamp = '', list = ''] = values;
  if (!isMessageId(id)) {
    return refuse('webhook-id is not 1 to 200 printable ASCII characters without dot, comma and space');
  }
  if (!isTimestamp(timestamp)) {
    return refuse('webhook-timestamp is not whole seconds since 1970 in plain digits');
  }
  const entries = list.split(' ');
  if (entries.length > MOST_SIGNATURES) {
    return refuse(`webhook-signature has more than ${MOST_SIGNATURES} signatures`);
  }
  const signatures = entries.flatMap(readSignature);
  if (signatures.length === 0) return refuse('webhook-signature has no signature such as v1,BASE64');
  return { ok: true, id, timestamp, signatures };
}

function verifyTime(timestamp: string, nowSeconds: number, toleranceSeconds = 300): Verification {
  const age = nowSeconds - Number(timestamp);
  if (age > toleranceSeconds) return refuse('webhook-timestamp is too old');
  if (!(age >= -toleranceSeconds)) return refuse('webhook-timestamp is too far in the future');
  return { ok: true };
}

/** The digest of an entry; none of what is of another version (v1a is asymmetric), or no signature at all. */
function readSignature(entry: string): Buffer[] {
  if (!entry.startsWith(VERSION)) return [];
  const digest = decodeBase64(entry.slice(VERSION.length));
  return digest?.length === DIGEST_BYTES ? [digest] : [];
}

function refuse(reason: SignatureFault): { ok: false; reason: SignatureFault } {
  return { ok: false, reason };
}
