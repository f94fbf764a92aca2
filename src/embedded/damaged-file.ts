import { existsSync, renameSync } from 'node:fs';

/** What SQLite says of a file that it cannot work with, and what the server says of one without its tables. */
const DAMAGE =
  /file is not a database|database disk image is malformed|no such table|malformed database schema|unsupported file format/i;

/** Whether a server ended at its start for the state of its own file; what is slow to start is not damaged. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && error.message.includes('it ended with') && DAMAGE.test(error.message);
}

/**
 * Puts a SQLite file and what belongs to it aside.
 *
 * @returns the name that it has now
 */
export function putAside(file: string, now = new Date()): string {
  const aside = `${file}.damaged-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(file + ending)) renameSync(file + ending, aside + ending);
  }
  return aside;
}
