import { chmodSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';

/** A folder cannot be kept from other users of this machine; the message says why, and what to do. */
export class FolderNotPrivateError extends Error {
  override name = 'FolderNotPrivateError';
}

const OTHERS = 0o077;
const STICKY = 0o1000;

/**
 * Makes a folder that its owner alone may enter, or mends one that others may: it holds keys, passwords and events.
 *
 * @param isOurs whether a folder with these names in it is one that we made; another's is not changed
 * @returns its path without links
 * @throws FolderNotPrivateError
 */
export function ensurePrivateFolder(folder: string, isOurs: (names: readonly string[]) => boolean): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  const { mode, uid } = statSync(real);
  if ((mode & OTHERS) === 0) return real;
  const open = `DATA_DIR ${real} may be entered by other users of this machine (mode ${(mode & 0o7777).toString(8)})`;
  const names = readdirSync(real);
  if ((mode & STICKY) !== 0 || (names.length > 0 && !isOurs(names))) {
    throw new FolderNotPrivateError(
      `${open} and is no folder of catalog-sync alone: give a DATA_DIR of its own, or make it private with chmod 700.`,
    );
  }
  try {
    chmodSync(real, 0o700);
  } catch {
    throw new FolderNotPrivateError(
      `${open} and belongs to the user with the id ${uid}: have that user make it private with chmod 700, or give ` +
        'another DATA_DIR.',
    );
  }
  if ((statSync(real).mode & OTHERS) === 0) return real;
  throw new FolderNotPrivateError(
    `${open}, and its file system keeps no modes: give a DATA_DIR on one that does.`,
  );
}
