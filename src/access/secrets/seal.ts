import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Seal } from '../../domain/seal.ts';
import type { KeyRing } from './key-ring.ts';

const KEY_BYTES = 32;

/**
 * Seals by HMAC-SHA-256 with a key of its own, derived (HKDF, RFC 5869) from the first key of the ring, one for each
 * purpose. A seal begins with that key's id, so that one made before a rotation holds as long as its key is in the
 * ring; one without an id was made before keys had them.
 */
export function createSeal(ring: KeyRing, purpose: string): Seal {
  const keys = new Map(ring.map(({ id, bytes }) => [id, derivedKey(bytes, purpose)]));
  const [{ id: firstId, bytes: firstBytes }] = ring;
  const firstKey = derivedKey(firstBytes, purpose);
  return {
    of: (context, content) => `${firstId}.${digestOf(firstKey, context, content)}`,
    isOurs: (seal, context, content) => {
      if (typeof seal !== 'string') return false;
      const [, id, digest = ''] = /^(?:([0-9a-f]+)\.)?([A-Za-z0-9_-]+)$/.exec(seal) ?? [];
      const known = id === undefined ? [...keys.values()] : [keys.get(id)];
      return known.some((key) => key !== undefined && isSame(digest, digestOf(key, context, content)));
    },
  };
}

function derivedKey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `catalog-sync ${purpose}`, KEY_BYTES));
}

function digestOf(key: Buffer, context: string, content: unknown): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([context, content]))
    .digest('base64url');
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
