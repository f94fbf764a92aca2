import { randomUUID, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { KEY_BYTES } from './encryption.ts';

/** Thrown when there is no usable key for the secrets in the database; its message says what to do. */
export class SecretsKeyError extends Error {
  override name = 'SecretsKeyError';
}

/**
 * The key that encrypts the secrets in the database: `SECRETS_KEY`, or else the file `secrets.key` in `DATA_DIR`.
 *
 * @param options.create makes the file if there is none, readable by its owner only
 * @throws SecretsKeyError
 */
export async function loadSecretsKey(options: {
  settings: Pick<Settings, 'SECRETS_KEY' | 'DATA_DIR'>;
  create?: boolean;
}): Promise<Buffer> {
  const { SECRETS_KEY, DATA_DIR } = options.settings;
  if (SECRETS_KEY !== undefined) return readKey(SECRETS_KEY, 'SECRETS_KEY');

  const path = join(DATA_DIR, 'secrets.key');
  const text =
    (await readIfThere(path)) ?? (options.create ? await createKeyFile(DATA_DIR, path) : undefined);
  if (text === undefined) {
    throw new SecretsKeyError(
      `There is no key for the secrets in the database: set SECRETS_KEY to 32 random bytes in base64 ` +
        `(openssl rand -base64 32), or point DATA_DIR at the folder with the file secrets.key (looked for ${path}).`,
    );
  }
  return readKey(text, path);
}

function readKey(text: string, source: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text.trim()) {
    throw new SecretsKeyError(
      `${source} does not hold ${KEY_BYTES} bytes in base64. Put the right key there: without it the stored secrets cannot be read.`,
    );
  }
  return key;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new SecretsKeyError(`The secrets key cannot be read: ${String(error)}`, { cause: error });
  }
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
