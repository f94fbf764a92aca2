import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

/**
 * Takes a lock directory, waiting for its holder to end. A holder that is gone without a word loses the lock.
 * The directory arrives by a rename, with the holder's pid already in it: nobody sees it without one.
 *
 * @param {string} lock path of the directory
 * @param {(holder: number) => void} onWait told once, when another process holds the lock
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(lock, onWait) {
  mkdirSync(dirname(lock), { recursive: true });
  const mine = mkdtempSync(`${lock}.`);
  writeFileSync(join(mine, 'pid'), String(process.pid));
  process.on('exit', () => rmSync(mine, { recursive: true, force: true }));
  let told = false;
  while (!rename(mine, lock)) {
    const holder = holderOf(lock);
    if (holder !== undefined && !isAlive(holder)) {
      dropStale(lock, holder);
      continue;
    }
    if (holder !== undefined && !told) {
      onWait(holder);
      told = true;
    }
    await sleep(POLL_MS);
  }
  return () => rmSync(lock, { recursive: true, force: true });
}

/**
 * @param {string} from
 * @param {string} to
 * @returns {boolean} false when `to` is taken: a directory that is not empty is never replaced
 */
function rename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Another waiter may have dropped it and taken the lock since we looked: then it is put back. */
function dropStale(/** @type {string} */ lock, /** @type {number} */ holder) {
  const aside = `${lock}.stale-${process.pid}`;
  try {
    renameSync(lock, aside);
    if (holderOf(aside) !== holder && rename(aside, lock)) return;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** @param {string} lock */
function holderOf(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return String(/** @type {NodeJS.ErrnoException} */ (error).code);
}
