import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';

const MEMORY = '/dev/shm';
const NAME = /^cs-(\d+)$/;
/** A run's databases and data folders, with room to spare. */
const NEEDED_BYTES = 6 * 2 ** 30;

/**
 * Has this run of tests, and what it starts, keep its temporary files in memory, where there is enough of it: a database
 * for each of hundreds of tests is thousands of files. Otherwise they stay where they are.
 *
 * The folder's name is short, since sockets are made in it, and says whose it is: of a run that was killed it goes with
 * the next one.
 */
export function keepScratchInMemory(): void {
  if (process.platform !== 'linux' || process.env.TMPDIR !== undefined || !existsSync(MEMORY)) return;
  for (const name of readdirSync(MEMORY)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) remove(path.join(MEMORY, name));
  }
  // Only now: they may be what fills it.
  if (!hasRoom()) return;
  const folder = path.join(MEMORY, `cs-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.env.TMPDIR = folder;
  process.once('exit', () => remove(folder));
}

function hasRoom(): boolean {
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, process.availableMemory()) >= NEEDED_BYTES;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Somebody else's, or still written to: then a later run takes it.
  }
}
