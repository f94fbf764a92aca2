import { writeAudit, type AuditedBy } from '../../database/audit.ts';
import type { Database } from '../../database/client.ts';
import { decryptSecret, DecryptionError, encryptSecret } from './encryption.ts';
import type { KeyRing } from './key-ring.ts';
import { PLACES, readStoredSecrets, replaceStoredSecrets, type Place } from './stored-secrets.ts';

/** So many rows are locked at a time: some ms. */
const BATCH = 50;
/** On a machine that has much else to do, a step waits its turn. */
const PATIENCE = { maxWait: 15_000, timeout: 30_000 };

export interface Rotated {
  /** The key under which everything is now. */
  keyId: string;
  suppliers: number;
  storefronts: number;
  feeds: number;
  channels: number;
  /** What no key here opens, and stays as it is. */
  closed: string[];
  /** Keys that nothing in the database is under any more. */
  retired: string[];
}

/**
 * Encrypts everything anew under the first key of the ring, in small steps beside everything else: whoever has both
 * keys reads each secret before and after. What was done stays done: the same call goes on.
 *
 * @param options.signal ends it between two steps
 */
export async function rotateSecrets(
  database: Database,
  ring: KeyRing,
  by: AuditedBy,
  options: { signal?: AbortSignal; onProgress?: (done: number) => void } = {},
): Promise<Rotated> {
  const [{ id: keyId }] = ring;
  const rotated: Rotated = {
    keyId,
    suppliers: 0,
    storefronts: 0,
    feeds: 0,
    channels: 0,
    closed: [],
    retired: [],
  };
  for (const place of PLACES) {
    for (let after: string | undefined = ''; after !== undefined;) {
      if (options.signal?.aborted) return rotated;
      const step = await rotateStep(database, ring, by, place, after);
      if (place === 'supplier') rotated.suppliers += step.done;
      else if (place === 'feed') rotated.feeds += step.done;
      else if (place === 'channel') rotated.channels += step.done;
      else rotated.storefronts += step.done;
      rotated.closed.push(...step.closed);
      options.onProgress?.(rotated.suppliers + rotated.storefronts + rotated.feeds + rotated.channels);
      after = step.next;
    }
  }
  if (rotated.closed.length === 0) rotated.retired = await retireOthers(database, keyId, by);
  return rotated;
}

const OWNERS: Record<Place, string> = {
  supplier: 'suppliers',
  storefront: 'storefronts',
  'storefront before': 'storefronts',
  feed: 'feeds',
  channel: 'channels',
};

async function rotateStep(database: Database, ring: KeyRing, by: AuditedBy, place: Place, after: string) {
  const [{ id: keyId }] = ring;
  return database.$transaction(async (transaction) => {
    const rows = await readStoredSecrets(transaction, place, {
      ...{ after, limit: BATCH, notUnder: keyId },
      keep: true,
    });
    const closed: string[] = [];
    const anew: { id: string; ciphertext: Uint8Array<ArrayBuffer> }[] = [];
    for (const { id, ciphertext, context } of rows) {
      try {
        const plaintext = decryptSecret(ring, ciphertext, context);
        anew.push({ id, ciphertext: encryptSecret(ring, plaintext, context) });
      } catch (error) {
        if (!(error instanceof DecryptionError)) throw error;
        closed.push(error.message);
      }
    }
    const done = anew.length;
    if (done > 0) {
      await replaceStoredSecrets(transaction, place, anew);
      await writeAudit(transaction, {
        ...by,
        tenant: null,
        action: 'secrets.rotate',
        subject: `secrets of ${OWNERS[place]}`,
        after: { key: keyId, secrets: done },
      });
    }
    return { done, closed, next: rows.length === BATCH ? rows.at(-1)?.id : undefined };
  }, PATIENCE);
}

/** From now on nobody has to have them, for what is in the database. */
async function retireOthers(database: Database, keyId: string, by: AuditedBy): Promise<string[]> {
  return database.$transaction(async (transaction) => {
    const rows = await transaction.$queryRaw<{ id: string }[]>`
      UPDATE secrets_key SET retired_at_us = now_us() WHERE id <> ${keyId} AND retired_at_us IS NULL RETURNING id`;
    for (const { id } of rows) {
      const subject = `key ${id}`;
      await writeAudit(transaction, {
        ...by,
        tenant: null,
        action: 'secrets.retire',
        subject,
        after: { key: keyId },
      });
    }
    return rows.map(({ id }) => id);
  }, PATIENCE);
}
