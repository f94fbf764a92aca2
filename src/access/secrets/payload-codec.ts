import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Settings } from '../../config/settings.ts';
import { namesOf, type KeyRing } from './key-ring.ts';

/** The names that Temporal's own examples use, so that its tools say "encrypted" of such a payload. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = SALT_BYTES + NONCE_BYTES + TAG_BYTES;

const { Payload: PayloadType } = proto.temporal.api.common.v1;

/**
 * Encrypts whatever Temporal is given, with AES-256-GCM: 16 bytes of salt, 12 random ones, 16 of tag, the ciphertext.
 *
 * Each payload has a key of its own, made of its salt and a key that is derived (HKDF, RFC 5869) from the first key of
 * the ring: random nonces under one key would run out after 2^32 payloads, which is some weeks of a busy feed. Payloads
 * that are not encrypted are read as they are, and encrypted ones are read whether `encrypts` is set or not, so that
 * the setting can be changed while workflows are under way.
 */
export function createPayloadCodec(ring: KeyRing, options: { encrypts: boolean }): PayloadCodec {
  const keys = new Map(
    ring.map(({ id, bytes }) => [
      id,
      Buffer.from(hkdfSync('sha256', bytes, '', 'catalog-sync workflow payloads', KEY_BYTES)),
    ]),
  );
  const [{ id: firstId }] = ring;
  const keyOf = (id: string, salt: Uint8Array): Buffer => {
    const key = keys.get(id);
    if (key) return createHmac('sha256', key).update(salt).digest();
    throw new Error(
      `a payload was encrypted with the secrets key ${id}, which is not here: here is ${namesOf(ring)}`,
    );
  };

  const encrypt = (payload: Payload): Payload => {
    const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
    const cipher = createCipheriv('aes-256-gcm', keyOf(firstId, salt), nonce);
    const ciphertext = [cipher.update(PayloadType.encode(payload).finish()), cipher.final()];
    return {
      metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(firstId) },
      data: Buffer.concat([salt, nonce, cipher.getAuthTag(), ...ciphertext]),
    };
  };

  const decrypt = (payload: Payload): Payload => {
    if (!isEncrypted(payload)) return payload;
    const data = Buffer.from(payload.data ?? []);
    if (data.length < HEAD_BYTES) throw new Error('an encrypted payload is cut short');
    const salt = data.subarray(0, SALT_BYTES);
    const key = keyOf(Buffer.from(payload.metadata?.[KEY_ID] ?? []).toString(), salt);
    const nonce = data.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(data.subarray(SALT_BYTES + NONCE_BYTES, HEAD_BYTES));
    return PayloadType.decode(Buffer.concat([decipher.update(data.subarray(HEAD_BYTES)), decipher.final()]));
  };

  return {
    encode: async (payloads) => (options.encrypts ? payloads.map(encrypt) : payloads),
    decode: async (payloads) => payloads.map(decrypt),
  };
}

/** Reads, and writes as the settings say. */
export function payloadsOf(
  ring: KeyRing,
  settings: Pick<Settings, 'TEMPORAL_ENCRYPT_PAYLOADS'>,
): { codec: PayloadCodec; encrypts: boolean } {
  const encrypts = settings.TEMPORAL_ENCRYPT_PAYLOADS === 'on';
  return { codec: createPayloadCodec(ring, { encrypts }), encrypts };
}

export function isEncrypted({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.encoding ?? []).toString() === ENCODING;
}
