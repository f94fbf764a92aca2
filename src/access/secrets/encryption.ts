import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** AES-256 takes a key of so many bytes. */
export const KEY_BYTES = 32;

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Thrown when a stored secret does not open with this key in this place: a wrong key, or altered bytes. */
export class DecryptionError extends Error {
  override name = 'DecryptionError';
}

/**
 * Encrypts with AES-256-GCM: a version byte, 12 random bytes, 16 bytes of tag, the ciphertext.
 *
 * @param context says whose secret it is, e.g. `tenant/supplier`; in another place it does not open
 */
export function encryptSecret(key: Buffer, plaintext: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData(context));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ciphertext]));
}

/** @throws DecryptionError */
export function decryptSecret(key: Buffer, bytes: Uint8Array, context: string): Buffer {
  const [version] = bytes;
  if (version !== VERSION || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) {
    throw new DecryptionError(`the stored secret of ${context} is not in a form that this version reads`);
  }
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(additionalData(context))
    .setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw new DecryptionError(`the stored secret of ${context} does not open with this secrets key`);
  }
}

/** The version is bound too, so that bytes of a later form cannot be passed off as this one. */
function additionalData(context: string): Buffer {
  return Buffer.from(`${VERSION}:${context}`);
}
