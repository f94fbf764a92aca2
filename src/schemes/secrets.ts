import { randomBytes } from 'node:crypto';
import { formatSecret, newSecret, parseSecret } from '../standard-webhooks/secret.ts';
import type { SchemeKind } from './scheme.ts';

/** A supplier's secret. */
export interface SupplierSecret {
  /** What is kept, encrypted, and goes into the HMAC or is compared. */
  bytes: Buffer;
  /** What the supplier is told. */
  text: string;
}

/** Less can be guessed; more than this nobody has. */
const GIVEN_BYTES = { least: 16, most: 512 } as const;

/** 256 bits that fit into any header and form. */
export function makeSecret(kind: SchemeKind): SupplierSecret {
  if (kind === 'standard') {
    const bytes = newSecret();
    return { bytes, text: formatSecret(bytes) };
  }
  const text = randomBytes(32).toString('base64url');
  return { bytes: Buffer.from(text), text };
}

/**
 * A secret that the supplier gave: `whsec_…` for Standard Webhooks; for all others the text itself, whose bytes in UTF-8 are
 * the key.
 *
 * @throws RangeError whose message never quotes the secret
 */
export function takeSecret(kind: SchemeKind, given: string): SupplierSecret {
  const text = given.replace(/\r?\n$/, '');
  if (kind === 'mtls') throw new RangeError('a client certificate needs no secret');
  if (kind === 'standard') return { bytes: parseSecret(text), text };
  const bytes = Buffer.from(text);
  if (bytes.length < GIVEN_BYTES.least || bytes.length > GIVEN_BYTES.most) {
    throw new RangeError(
      `a secret has ${GIVEN_BYTES.least} to ${GIVEN_BYTES.most} bytes, this one ${bytes.length}`,
    );
  }
  if (/[\p{Cc}\ufffd]/u.test(text)) throw new RangeError('a secret is one line of text in UTF-8');
  if (kind === 'bearer' && !/^[\x21-\x7e]+$/.test(text)) {
    throw new RangeError('a bearer token has printable ASCII characters only, and no space');
  }
  return { bytes, text };
}
