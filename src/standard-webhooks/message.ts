import { createHmac } from 'node:crypto';

/**
 * A message id: 1 to 200 printable ASCII characters without `.`, `,` and space.
 *
 * A dot would make the signed text `id.timestamp.body` ambiguous (the specification forbids it); a comma or space
 * would hide that a header was sent twice, because HTTP joins the two with `, `.
 */
const MESSAGE_ID = /^[\x21-\x2b\x2d\x2f-\x7e]{1,200}$/;

/** Whole seconds since 1970 in plain ASCII digits: one text for each number. */
const TIMESTAMP = /^(?:0|[1-9][0-9]{0,14})$/;

export function isMessageId(id: string): boolean {
  return MESSAGE_ID.test(id);
}

export function isTimestamp(text: string): boolean {
  return TIMESTAMP.test(text);
}

/**
 * HMAC-SHA256 over `id.timestamp.body`. The body goes in as the bytes that were sent: decoding it first would make
 * different invalid UTF-8 the same message.
 */
export function digestOf(id: string, timestamp: string, body: Buffer | string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.`, 'latin1').update(body).digest();
}
