import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KEY_ID_BYTES, namesOf, type KeyRing, type SecretsKey } from './key-ring.ts';

/** Before there was a ring: without the key's id. Read, and never written any more. */
const WITHOUT_KEY_ID = 1;
/** A version byte, the key's id, 12 random bytes, 16 bytes of tag, the ciphertext. */
const WITH_KEY_ID = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Thrown when a stored secret does not open in this place: its key is not in the ring, or its bytes were altered. */
export class DecryptionError extends Error {
  override name = 'DecryptionError';
}

/**
 * Encrypts with AES-256-GCM under the first key of the ring.
 *
 * @param context says whose secret it is, e.g. `tenant/supplier`; in another place it does not open
 */
export function encryptSecret(
  [key]: KeyRing,
  plaintext: Uint8Array,
  context: string,
): Uint8Array<ArrayBuffer> {
  const head = Buffer.concat([Buffer.of(WITH_KEY_ID), Buffer.from(key.id, 'hex')]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(additionalData(head, context));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return new Uint8Array(Buffer.concat([head, nonce, cipher.getAuthTag(), ciphertext]));
}

/** @throws DecryptionError */
export function decryptSecret(ring: KeyRing, bytes: Uint8Array, context: string): Buffer {
  const stored = Buffer.from(bytes);
  const keyId = keyIdOf(stored);
  const keys = keyId === null ? ring : ring.filter(({ id }) => id === keyId);
  const headBytes = keyId === null ? 1 : 1 + KEY_ID_BYTES;
  if (keyId === undefined || stored.length < headBytes + NONCE_BYTES + TAG_BYTES) {
    throw new DecryptionError(`the stored secret of ${context} is not in a form that this version reads`);
  }
  if (keys.length === 0) {
    throw new DecryptionError(
      `the stored secret of ${context} was encrypted with the secrets key ${keyId}, which is not here: here is ${namesOf(ring)}`,
    );
  }
  for (const key of keys) {
    const opened = openWith(key, stored, headBytes, context);
    if (opened) return opened;
  }
  throw new DecryptionError(
    `the stored secret of ${context} does not open with the secrets key ${keyId ?? namesOf(ring)}`,
  );
}

/** Which key encrypted a stored secret: null before keys had ids, undefined for a form that this version does not read. */
export function keyIdOf(stored: Uint8Array): string | null | undefined {
  if (stored[0] === WITHOUT_KEY_ID) return null;
  if (stored[0] !== WITH_KEY_ID || stored.length < 1 + KEY_ID_BYTES) return undefined;
  return Buffer.from(stored.subarray(1, 1 + KEY_ID_BYTES)).toString('hex');
}

function openWith(key: SecretsKey, stored: Buffer, headBytes: number, context: string): Buffer | undefined {
  const sealedAt = headBytes + NONCE_BYTES + TAG_BYTES;
  const decipher = createDecipheriv(
    'aes-256-gcm',
    key.bytes,
    stored.subarray(headBytes, headBytes + NONCE_BYTES),
    { authTagLength: TAG_BYTES },
  )
    .setAAD(additionalData(stored.subarray(0, headBytes), context))
    .setAuthTag(stored.subarray(headBytes + NONCE_BYTES, sealedAt));
  try {
    return Buffer.concat([decipher.update(stored.subarray(sealedAt)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Version and key are bound too, so that bytes of a later form, or of another key, cannot be passed off as these. */
function additionalData(head: Buffer, context: string): Buffer {
  return Buffer.from(`${head[0]}:${head.subarray(1).toString('hex')}${head.length > 1 ? ':' : ''}${context}`);
}
