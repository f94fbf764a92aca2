import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { microsOf } from '../../domain/time.ts';
import { nameFits } from '../file/name-fits.ts';
import { SETTLED_AFTER_SECONDS, SourceFailed, type Source, type SourceFile } from './source.ts';
import { realWithin } from './within-folder.ts';

/**
 * The files of a folder on the worker.
 *
 * @param root the tenant's own: who sets a feed is not to read what else the worker can, nor another tenant's files
 */
export function folderSource({ path: given }: { path: string }, root: string | undefined): Source {
  if (root === undefined) {
    throw new SourceFailed(
      "this worker reads no folders: FEED_FOLDER names the one with the tenants' own in which it may",
      { passes: false },
    );
  }
  const pattern = /[*?]/.test(path.basename(given)) ? path.basename(given) : undefined;
  const folder = pattern === undefined ? given : path.dirname(given);
  return {
    async look() {
      const within = await failing(realWithin(root, folder, `${given} in FEED_FOLDER`), given);
      const entry = await failing(stat(within), given);
      const names = entry.isDirectory()
        ? (await failing(readdir(within), given)).map((name) => path.join(within, name))
        : [within];
      const fitting = names.filter((name) => pattern === undefined || nameFits(pattern, path.basename(name)));
      const files = await Promise.all(fitting.map((name) => fileOf(root, name)));
      return files
        .flatMap((file) => file ?? [])
        .toSorted((a, b) => Number((a.writtenAt ?? 0n) - (b.writtenAt ?? 0n)) || (a.name < b.name ? -1 : 1));
    },
  };
}

async function fileOf(root: string, file: string): Promise<SourceFile | undefined> {
  if (path.basename(file).startsWith('.')) return undefined;
  // A link to another tenant's file, or to one that is gone, is no file of this folder.
  const real = await realWithin(root, file, file).catch(() => undefined);
  const found = real === undefined ? undefined : await stat(real).catch(() => undefined);
  if (real === undefined || !found?.isFile()) return undefined;
  return {
    name: path.basename(file),
    state: `${path.basename(file)} ${found.size} ${Math.round(found.mtimeMs)}`,
    writtenAt: microsOf(found.mtime),
    mayBeHalf: Date.now() - found.mtimeMs < SETTLED_AFTER_SECONDS * 1_000,
    async open() {
      return createReadStream(real);
    },
  };
}

async function failing<T>(work: Promise<T>, name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SourceFailed) throw error;
    throw new SourceFailed(`${name} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`, {
      passes: true,
      cause: error,
    });
  }
}
