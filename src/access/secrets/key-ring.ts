import { createHmac } from 'node:crypto';

/** So many bytes of a key's digest name it. */
export const KEY_ID_BYTES = 4;

export interface SecretsKey {
  /** Names the key beside what it encrypted, and to people; tells nothing of the key. */
  id: string;
  bytes: Buffer;
}

/** The keys of this deployment: the first one writes, all of them read. */
export type KeyRing = readonly [SecretsKey, ...SecretsKey[]];

export function ringOf(first: Buffer, ...others: readonly Buffer[]): KeyRing {
  return [keyOf(first), ...others.map(keyOf)];
}

function keyOf(bytes: Buffer): SecretsKey {
  return { id: idOf(bytes), bytes };
}

/** As `SECRETS_KEYS` takes them. */
export function textOf(ring: KeyRing): string {
  return ring.map(({ bytes }) => bytes.toString('base64')).join(' ');
}

/** The names of a ring's keys, for people. */
export function namesOf(ring: KeyRing): string {
  return inWords(ring.map(({ id }) => id));
}

/** `a`, `a and b`, `a, b and c`. */
export function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function idOf(key: Buffer): string {
  return createHmac('sha256', key)
    .update('catalog-sync key id')
    .digest('hex')
    .slice(0, KEY_ID_BYTES * 2);
}
