import { readFile, stat } from 'node:fs/promises';
import type { ConnectConfig } from 'ssh2';
import { SourceFailed } from '../source.ts';
import { realWithin } from '../within-folder.ts';
import type { SftpServer } from './server.ts';

/** Of a key with comments and all. */
const MOST_KEY_BYTES = 64 * 1024;

/**
 * By what we sign in.
 *
 * @param keyFolder the tenant's own: who sets a feed is not to use what else the worker can read, nor another one's keys
 * @throws SourceFailed
 */
export async function signInMeans(
  { password, key, keyFile, passphrase }: SftpServer,
  keyFolder: string | undefined,
): Promise<ConnectConfig> {
  if (password !== undefined) return { password, tryKeyboard: true };
  const privateKey = keyFile === undefined ? key : await readKey(keyFile, keyFolder);
  return { ...(privateKey !== undefined && { privateKey }), ...(passphrase !== undefined && { passphrase }) };
}

async function readKey(file: string, folder: string | undefined): Promise<string> {
  if (folder === undefined) {
    throw failed(
      "this worker reads no files of keys: FEED_SSH_FOLDER names the folder with the tenants' own in which they are",
    );
  }
  try {
    const real = await realWithin(folder, file, 'keyFile in FEED_SSH_FOLDER');
    const found = await stat(real);
    if (!found.isFile() || found.size > MOST_KEY_BYTES) throw failed(`${file} is not the file of a key`);
    return await readFile(real, 'utf8');
  } catch (error) {
    if (error instanceof SourceFailed) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw failed(`the key cannot be read from ${file} on this worker: ${why}`, error);
  }
}

function failed(message: string, cause?: unknown): SourceFailed {
  return new SourceFailed(message, { passes: false, cause });
}
