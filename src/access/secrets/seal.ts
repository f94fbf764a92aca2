import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Seal } from '../../domain/seal.ts';

const KEY_BYTES = 32;

/** Seals by HMAC-SHA-256 with a key of its own, derived (HKDF, RFC 5869) from the secrets key, one for each purpose. */
export function createSeal(secretsKey: Buffer, purpose: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secretsKey, '', `catalog-sync ${purpose}`, KEY_BYTES));
  const of = (context: string, content: unknown): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([context, content]))
      .digest('base64url');
  return {
    of,
    isOurs: (seal, context, content) => {
      if (typeof seal !== 'string') return false;
      const given = Buffer.from(seal);
      const right = Buffer.from(of(context, content));
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
