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
  | 'webhook-signature is not a list such as v1,BASE64 v1,BASE64'
  | 'no signature matches';

export type Verification = { ok: true } | { ok: false; reason: SignatureFault };

/** Headers as Node gives them: names in lower case, values decoded as latin1. */
export type MessageHeaders = Readonly<Record<string, string | string[] | undefined>>;

const DIGEST_BYTES = 32;
/** Versions other than v1 may stand in the list (v1a is asymmetric); they are skipped. */
const SIGNATURES = /^v[0-9]+[a-z]*,[A-Za-z0-9+/=]+(?: v[0-9]+[a-z]*,[A-Za-z0-9+/=]+)*$/;
/** Keeps the work for one message small; a rotation needs two. */
const MOST_SIGNATURES = 16;
const LONGEST_SIGNATURES = 4096;

/**
 * Holds a message against the receiver's active secrets, as Standard Webhooks 1.0.0 says, and stricter where the
 * specification is silent: one spelling for each id, timestamp and signature, and no header twice.
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
  const signatures = readSignatures(list);
  if (!signatures) return refuse('webhook-signature is not a list such as v1,BASE64 v1,BASE64');
  return { ok: true, id, timestamp, signatures };
}

function verifyTime(timestamp: string, nowSeconds: number, toleranceSeconds = 300): Verification {
  const age = nowSeconds - Number(timestamp);
  if (age > toleranceSeconds) return refuse('webhook-timestamp is too old');
  if (!(age >= -toleranceSeconds)) return refuse('webhook-timestamp is too far in the future');
  return { ok: true };
}

/** The digests of version v1; undefined if the list is malformed or one of them is not canonical. */
function readSignatures(list: string): Buffer[] | undefined {
  if (list.length > LONGEST_SIGNATURES || !SIGNATURES.test(list)) return undefined;
  const entries = list.split(' ');
  if (entries.length > MOST_SIGNATURES) return undefined;
  const digests: Buffer[] = [];
  for (const entry of entries) {
    const comma = entry.indexOf(',');
    if (entry.slice(0, comma) !== 'v1') continue;
    const digest = decodeBase64(entry.slice(comma + 1));
    if (digest?.length !== DIGEST_BYTES) return undefined;
    digests.push(digest);
  }
  return digests;
}

function refuse(reason: SignatureFault): { ok: false; reason: SignatureFault } {
  return { ok: false, reason };
}
