import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import {
  decryptSecret,
  DecryptionError,
  encryptSecret,
  keyIdOf,
} from '../../../src/access/secrets/encryption.ts';
import { encryptedWithoutName } from '../../support/former-secrets.ts';

const key = ringOf(randomBytes(32));
const secret = Buffer.from('whsec of a supplier');

describe('an encrypted secret', () => {
  it('opens again with the same key and context, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plaintext, context) => {
        expect(decryptSecret(key, encryptSecret(key, plaintext, context), context)).toEqual(
          Buffer.from(plaintext),
        );
      }),
    );
  });

  it('never looks the same twice, and does not show what it holds', () => {
    const [first, second] = [encryptSecret(key, secret, 'a/s'), encryptSecret(key, secret, 'a/s')];
    expect(Buffer.from(first)).not.toEqual(Buffer.from(second));
    expect(Buffer.from(first).includes(secret)).toBe(false);
    expect(first[0]).toBe(2);
  });

  it('does not open with another key or in another place', () => {
    const stored = encryptSecret(key, secret, 'a/s');
    expect(() => decryptSecret(ringOf(randomBytes(32)), stored, 'a/s')).toThrow(DecryptionError);
    expect(() => decryptSecret(key, stored, 'a/t')).toThrow(/secret of a\/t does not open/);
  });

  it('does not open with any one bit changed, cut short or lengthened', () => {
    const stored = encryptSecret(key, secret, 'a/s');
    for (let bit = 0; bit < stored.length * 8; bit += 1) {
      const changed = Uint8Array.from(stored);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decryptSecret(key, changed, 'a/s')).toThrow(DecryptionError);
    }
    for (let length = 0; length < stored.length; length += 1) {
      expect(() => decryptSecret(key, stored.subarray(0, length), 'a/s')).toThrow(DecryptionError);
    }
    expect(() => decryptSecret(key, Buffer.concat([stored, Buffer.of(0)]), 'a/s')).toThrow(DecryptionError);
  });

  it('names its key: it opens with any ring that has it, and says which key is missing', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const stored = encryptSecret(ringOf(old), secret, 'a/s');
    const [{ id }] = ringOf(old);
    expect(keyIdOf(stored)).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(decryptSecret(ringOf(fresh, old), stored, 'a/s')).toEqual(secret);
    expect(keyIdOf(encryptSecret(ringOf(fresh, old), secret, 'a/s'))).toBe(ringOf(fresh)[0].id);
    expect(() => decryptSecret(ringOf(fresh), stored, 'a/s')).toThrow(
      new RegExp(`a/s .*the secrets key ${id}, which is not here: here is ${ringOf(fresh)[0].id}$`),
    );
  });

  it('from before keys had names opens with whichever key of the ring it was', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const stored = encryptedWithoutName(old, secret, 'a/s');
    expect(keyIdOf(stored)).toBeNull();
    expect(decryptSecret(ringOf(old), stored, 'a/s')).toEqual(secret);
    expect(decryptSecret(ringOf(fresh, old), stored, 'a/s')).toEqual(secret);
    expect(() => decryptSecret(ringOf(fresh), stored, 'a/s')).toThrow(/does not open/);
    expect(() => decryptSecret(ringOf(old), stored, 'a/t')).toThrow(/does not open/);
  });
});
