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
  const keys = ring.map(({ id, bytes }) => ({
    id,
    bytes: Buffer.from(hkdfSync('sha256', bytes, '', `catalog-sync ${purpose}`, KEY_BYTES)),
  }));
  const [first] = ring;
  const digestOf = (key: Buffer, context: string, content: unknown): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([context, content]))
      .digest('base64url');
  return {
    of: (context, content) => `${first.id}.${digestOf(keys[0]?.bytes ?? first.bytes, context, content)}`,
    isOurs: (seal, context, content) => {
      if (typeof seal !== 'string') return false;
      const [, id, digest = ''] = /^(?:([0-9a-f]+)\.)?([A-Za-z0-9_-]+)$/.exec(seal) ?? [];
      return keys.some(
        (key) =>
          (id === undefined || key.id === id) &&
          isSame(Buffer.from(digest), Buffer.from(digestOf(key.bytes, context, content))),
      );
    },
  };
}

function isSame(given: Buffer, right: Buffer): boolean {
  return given.length === right.length && timingSafeEqual(given, right);
}
