import { randomUUID, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES, NO_KEYS, parseKeys } from '../../config/secrets-keys.ts';
import type { Settings } from '../../config/settings.ts';
import { ringOf, type KeyRing } from './key-ring.ts';

/** Thrown when there is no usable key for the secrets in the database; its message says what to do. */
export class SecretsKeyError extends Error {
  override name = 'SecretsKeyError';
}

export type KeySettings = Pick<Settings, 'SECRETS_KEYS' | 'SECRETS_KEY' | 'DATA_DIR'>;

const NAMES = ['SECRETS_KEYS', 'SECRETS_KEY'] as const;

/**
 * The keys that encrypt the secrets in the database: those of `SECRETS_KEYS`, the one of `SECRETS_KEY`, or else those of the file `secrets.key` in `DATA_DIR`. The first one writes.
 *
 * @param options.create makes that file if there is none, and keeps it readable by its owner only
 * @throws SecretsKeyError
 */
export async function loadSecretsKeys(options: {
  settings: KeySettings;
  create?: boolean;
}): Promise<KeyRing> {
  const { settings } = options;
  const { SECRETS_KEYS, SECRETS_KEY, DATA_DIR } = settings;
  const given = NAMES.filter((name) => settings[name] !== undefined);
  if (given.length > 1) throw new SecretsKeyError(`${given.join(' and ')} are set: set one of them.`);
  if (SECRETS_KEYS !== undefined) return readKeys(SECRETS_KEYS, 'SECRETS_KEYS');
  if (SECRETS_KEY !== undefined) return readKeys(SECRETS_KEY, 'SECRETS_KEY');

  const path = join(DATA_DIR, 'secrets.key');
  const text =
    (await readIfThere(path)) ?? (options.create ? await createKeyFile(DATA_DIR, path) : undefined);
  if (text === undefined) {
    throw new SecretsKeyError(
      `There is no key for the secrets in the database: set SECRETS_KEYS to 32 random bytes in base64 ` +
        `(openssl rand -base64 32), or point DATA_DIR at the folder with the file secrets.key (looked for ${path}).`,
    );
  }
  if (options.create) await keepToOwner(path);
  return readKeys(text, path);
}

function readKeys(text: string, source: string): KeyRing {
  const keys = parseKeys(text);
  if (!keys) throw new SecretsKeyError(`${source} ${NO_KEYS}`);
  const ring = ringOf(...keys);
  if (new Set(ring.map(({ id }) => id)).size < ring.length) {
    throw new SecretsKeyError(`${source}: a key stands there twice.`);
  }
  return ring;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new SecretsKeyError(`The secrets key cannot be read: ${String(error)}`, { cause: error });
  }
}

/** Copied from a backup it may have become readable by all. */
async function keepToOwner(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o600).catch((error: unknown) => {
    throw new SecretsKeyError(`Others can read ${path}, and that cannot be changed: ${String(error)}`, {
      cause: error,
    });
  });
}

/**
 * A hard link puts the whole, synced file in place at once and never replaces one that is there: of two processes
 * that start together, both use the same key.
 */
async function createKeyFile(folder: string, path: string): Promise<string | undefined> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    try {
      await link(draft, path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    } finally {
      await unlink(draft);
    }
  } catch (error) {
    throw new SecretsKeyError(`The secrets key cannot be made: ${String(error)}`, { cause: error });
  }
  return readIfThere(path);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
