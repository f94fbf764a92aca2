import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { microsOf } from '../../domain/time.ts';
import { nameFits } from './name-fits.ts';
import { SETTLED_AFTER_SECONDS, SourceFailed, type Source, type SourceFile } from './source.ts';

/**
 * The files of a folder on the worker.
 *
 * @param root below which folders may be read: who sets a feed is not to read what else the worker can
 */
export function folderSource({ path: given }: { path: string }, root: string | undefined): Source {
  if (root === undefined) {
    throw new SourceFailed('this worker reads no folders: FEED_FOLDER names the one below which it may', {
      passes: false,
    });
  }
  const pattern = /[*?]/.test(path.basename(given)) ? path.basename(given) : undefined;
  const folder = path.resolve(root, pattern === undefined ? given : path.dirname(given));
  return {
    async look() {
      const within = await inside(folder, root);
      const entry = await failing(stat(within), given);
      const names = entry.isDirectory()
        ? (await failing(readdir(within), given)).map((name) => path.join(within, name))
        : [within];
      const fitting = names.filter((name) => pattern === undefined || nameFits(pattern, path.basename(name)));
      const files = await Promise.all(fitting.map((name) => fileOf(name)));
      return files
        .flatMap((file) => file ?? [])
        .toSorted((a, b) => Number((a.writtenAt ?? 0n) - (b.writtenAt ?? 0n)) || (a.name < b.name ? -1 : 1));
    },
  };
}

async function fileOf(file: string): Promise<SourceFile | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || path.basename(file).startsWith('.')) return undefined;
  return {
    name: path.basename(file),
    state: `${path.basename(file)} ${found.size} ${Math.round(found.mtimeMs)}`,
    writtenAt: microsOf(found.mtime),
    mayBeHalf: Date.now() - found.mtimeMs < SETTLED_AFTER_SECONDS * 1_000,
    async open() {
      return createReadStream(file);
    },
  };
}

/** Links are followed before it is judged where they lead. */
async function inside(folder: string, root: string): Promise<string> {
  const [real, realRoot] = await Promise.all([
    failing(realpath(folder), folder),
    failing(realpath(root), root),
  ]);
  const relative = path.relative(realRoot, real);
  if (relative.startsWith('..') || path.isAbsolute(relative)) {
    throw new SourceFailed('the folder is not below the one that FEED_FOLDER names', { passes: false });
  }
  return real;
}

async function failing<T>(work: Promise<T>, name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new SourceFailed(`${name} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`, {
      passes: true,
      cause: error,
    });
  }
}
