import { decryptSecret, encryptSecret } from '../../access/secrets/encryption.ts';
import type { KeyRing } from '../../access/secrets/key-ring.ts';
import { secretPaths, valueAt, type DocumentPath } from '../definition/secrets.ts';

/** Stands in the place of a secret. Whoever sets a document with it keeps the one that there was. */
export const HIDDEN = '•••';

/** The keys that lead to a secret, as JSON, and what stands there. */
export type Secrets = Readonly<Record<string, unknown>>;

/** Takes the secrets out of a document. */
export function takeApart(document: unknown): { shown: unknown; secrets: Secrets } {
  const shown: unknown = structuredClone(document);
  const secrets: Record<string, unknown> = {};
  for (const path of secretPaths(document)) {
    secrets[JSON.stringify(path)] = valueAt(shown, path);
    put(shown, path, HIDDEN);
  }
  return { shown, secrets };
}

/** Puts secrets back into their places, as far as those are there. */
export function putTogether(shown: unknown, secrets: Secrets): unknown {
  const document: unknown = structuredClone(shown);
  for (const [place, secret] of Object.entries(secrets)) {
    const path = JSON.parse(place) as string[];
    if (valueAt(document, path) === HIDDEN) put(document, path, secret);
  }
  return document;
}

/** Whether a document leaves a secret as it was. */
export function keepsSecrets(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && JSON.stringify(document).includes(`"${HIDDEN}"`)
  );
}

/** Where a document leaves a secret as it was, as faults name places. */
export function hiddenPlaces(document: unknown, path: readonly string[] = []): string[] {
  if (document === HIDDEN) return [path.join('.')];
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([key, value]) => hiddenPlaces(value, [...path, key]));
}

/** Null where there are none. */
export function sealSecrets(
  keys: KeyRing,
  secrets: Secrets,
  context: string,
): Uint8Array<ArrayBuffer> | null {
  if (Object.keys(secrets).length === 0) return null;
  return encryptSecret(keys, Buffer.from(JSON.stringify(secrets)), context);
}

/** @throws DecryptionError */
export function openSecrets(keys: KeyRing, sealed: Uint8Array | null, context: string): Secrets {
  if (sealed === null) return {};
  return JSON.parse(decryptSecret(keys, sealed, context).toString()) as Secrets;
}

/** What a feed's secrets are encrypted for. */
export function secretContext(tenant: string, feed: string): string {
  return `feed ${tenant}/${feed}`;
}

function put(document: unknown, path: DocumentPath, value: unknown): void {
  const parent = valueAt(document, path.slice(0, -1)) as Record<string, unknown>;
  parent[path.at(-1) ?? ''] = value;
}
