import { randomBytes } from 'node:crypto';
import { decodeBase64 } from './base64.ts';

/** Lengths of a symmetric signing secret in bytes (Standard Webhooks 1.0.0, "Signature scheme": 192 to 512 bits). */
const SECRET_BYTES = { least: 24, most: 64 } as const;

const NEW_SECRET_BYTES = 32;

const PREFIX = 'whsec_';

export function newSecret(): Buffer {
  return randomBytes(NEW_SECRET_BYTES);
}

/**
 * Reads a secret as suppliers and storefronts are shown it: `whsec_` and its bytes in base64.
 *
 * @throws RangeError whose message never quotes the secret
 */
export function parseSecret(text: string): Buffer {
  if (!text.startsWith(PREFIX)) throw new RangeError(`a signing secret begins with ${PREFIX}`);
  const secret = decodeBase64(text.slice(PREFIX.length));
  if (!secret) throw new RangeError(`what follows ${PREFIX} is not padded standard base64`);
  checkSecret(secret);
  return secret;
}

/** @throws RangeError if the length is wrong */
export function formatSecret(secret: Buffer): string {
  checkSecret(secret);
  return PREFIX + secret.toString('base64');
}

/** Short keys can be guessed; the reference library takes keys of one byte. @throws RangeError */
export function checkSecret(secret: Buffer): void {
  if (secret.length < SECRET_BYTES.least || secret.length > SECRET_BYTES.most) {
    throw new RangeError(
      `a signing secret holds ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes, this one ${secret.length}`,
    );
  }
}
