import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A disk of so few megabytes that a test can fill it. */
export interface SmallDisk {
  folder: string;
  /** Takes what is left; to be called again where others give something back. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  remove(): void;
}

const BLOCK = Buffer.alloc(65_536, 1);

/** Why no small disk can be had here; undefined where it can. */
export const noSmallDisk: string | undefined = tryOne();

/** For the names of tests. */
export const onSmallDisk =
  noSmallDisk === undefined ? 'on a small disk' : `on a small disk (skipped: ${noSmallDisk})`;

/** @param folder an empty one; a new one where none is given */
export function smallDisk(megabytes: number, folder = newFolder()): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder], {
    stdio: 'pipe',
  });
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    fill: () => {
      const file = openSync(ballast, 'a');
      try {
        // The last bytes of a page, too.
        for (const block of [BLOCK, BLOCK.subarray(0, 1_024)]) while (hasWritten(file, block));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove: () => {
      // What still runs on it keeps it until it ends.
      execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function hasWritten(file: number, block: Buffer): boolean {
  try {
    writeSync(file, block);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}

function newFolder(): string {
  return realpathSync(mkdtempSync(path.join(tmpdir(), 'catalog-sync-small-disk-')));
}

function tryOne(): string | undefined {
  if (process.platform !== 'linux') return 'tmpfs is of Linux';
  const folder = newFolder();
  try {
    smallDisk(1, folder).remove();
    return undefined;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return 'mounting one is not allowed here';
  }
}
