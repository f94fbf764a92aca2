import { createCipheriv, randomBytes } from 'node:crypto';

/** A stored secret as it was written before keys had names: version 1, nonce, tag, ciphertext. */
export function encryptedWithoutName(key: Buffer, plaintext: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`1:${context}`));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), ciphertext]);
}
