import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a step has read, as a short text: another text means that the step has to run again.
 *
 * @typedef {{
 *   title: string, stamp: string, fingerprint: () => string, outputs: () => string[], run: () => Promise<void>
 * }} Step `stamp` keeps the fingerprint, in the folder that the step fills, and goes when that folder goes
 */

/** @param {string} path */
export function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * A hash over name, size and time of change of each file.
 *
 * @param {string[]} paths
 */
export function hashOfStats(paths) {
  const lines = paths.map((path) => {
    const { mtimeMs, size } = statSync(path);
    return `${path} ${mtimeMs} ${size}`;
  });
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]} all files below it but those whose name starts with a dot
 */
export function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.name.startsWith('.') ? [] : [path];
  });
}
