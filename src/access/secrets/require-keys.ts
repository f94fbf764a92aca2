import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import { isDatabaseUnavailable } from '../../database/database-unavailable.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { decryptSecret, encryptSecret, keyIdOf } from './encryption.ts';
import { inWords, namesOf, type KeyRing } from './key-ring.ts';
import { PLACES, readKeyUse, readStoredSecrets, type StoredSecret } from './stored-secrets.ts';

/** The keys here are not those that the database was written with; the message names both, and says what to do. */
export class KeysError extends Error {
  override name = 'KeysError';
}

/** What every check value says. */
const CHECK = Buffer.from('catalog-sync');
const PAUSE_MS = 500;
const PAGE = 500;

/**
 * Makes sure that every key is here that the database needs, and writes down that the first one writes, with a check
 * value by which it is known again.
 *
 * @throws KeysError
 */
export async function requireKeys(database: Database, ring: KeyRing): Promise<void> {
  const known = await refuseMisfit(database, ring);
  const [{ id }] = ring;
  if (known.includes(id)) return;
  await database.secretsKey.upsert({
    where: { id },
    create: { id, checkValue: encryptSecret(ring, CHECK, checkContext(id)) },
    update: { retiredAtUs: null },
  });
}

/**
 * Makes sure that every key is here that the database needs.
 *
 * @param options.quick looks through the ciphertexts only where the first key was never written down
 * @returns the keys that the database knows
 * @throws KeysError
 */
export async function refuseMisfit(
  database: Database,
  ring: KeyRing,
  { quick = false }: { quick?: boolean } = {},
): Promise<string[]> {
  const known = await database.secretsKey.findMany({ where: { retiredAtUs: null } });
  const here = new Set(ring.map(({ id }) => id));
  const missing = new Set(known.map(({ id }) => id).filter((id) => !here.has(id)));
  const isKnown = known.some(({ id }) => id === ring[0].id);
  for (const { keyId } of quick && isKnown ? [] : await readKeyUse(database)) {
    if (typeof keyId === 'string' && !here.has(keyId)) missing.add(keyId);
  }
  if (missing.size > 0) {
    throw misfit(
      `it was written with the key ${inWords([...missing].toSorted())}, and here is ${namesOf(ring)}`,
    );
  }
  for (const { id, checkValue } of known) {
    if (!opens(ring, checkValue, checkContext(id))) {
      throw misfit(`the key ${id} here is another one than the database knows by that name`);
    }
  }
  if (known.length === 0) {
    const closed = (await closedSecrets(database, ring)).filter(
      ({ ciphertext }) => keyIdOf(ciphertext) === null,
    );
    const [one] = closed;
    if (one) {
      throw misfit(
        `${closed.length === 1 ? 'the secret' : `${closed.length} secrets, as that`} of ${one.context} ` +
          `${closed.length === 1 ? 'does' : 'do'} not open with the key ${namesOf(ring)}`,
      );
    }
  }
  return known.map(({ id }) => id);
}

/**
 * The same at the start of a process, which waits for a database that is away. One that was not set up yet, or is
 * another version's, is for others to tell of.
 *
 * @throws KeysError
 */
export async function requireKeysPatiently(
  database: Database,
  ring: KeyRing,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      await requireKeys(database, ring);
      return;
    } catch (error) {
      if (error instanceof KeysError) throw error;
      log.warn({ err: error }, 'the secrets keys cannot be held against the database');
      if (!isDatabaseUnavailable(error)) return;
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

/**
 * What no key of the ring opens.
 *
 * @param options.keep as for `readStoredSecrets`
 */
export async function closedSecrets(
  database: Pick<Database, '$queryRaw'>,
  ring: KeyRing,
  { keep = false }: { keep?: boolean } = {},
): Promise<StoredSecret[]> {
  const closed: StoredSecret[] = [];
  for (const place of PLACES) {
    for (let after = '', more = true; more;) {
      const rows = await readStoredSecrets(database, place, { after, limit: PAGE, keep });
      closed.push(...rows.filter(({ ciphertext, context }) => !opens(ring, ciphertext, context)));
      after = rows.at(-1)?.id ?? after;
      more = rows.length === PAGE;
    }
  }
  return closed;
}

function opens(ring: KeyRing, ciphertext: Uint8Array, context: string): boolean {
  try {
    decryptSecret(ring, ciphertext, context);
    return true;
  } catch {
    return false;
  }
}

function checkContext(keyId: string): string {
  return `check value of ${keyId}`;
}

function misfit(what: string): KeysError {
  return new KeysError(
    `The secrets keys do not fit the database: ${what}. Put the missing key beside it (SECRETS_KEYS, or the file ` +
      'secrets.key in DATA_DIR), behind the one that is to write. If it is lost: `catalog-sync secrets discard`.',
  );
}
