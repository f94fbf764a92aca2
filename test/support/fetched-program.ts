import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from '../../src/embedded/cache-dir.ts';

const exec = promisify(execFile);

/** Something that others have made, or the reason why it is not here. */
export type Fetched = { folder: string } | { why: string };

/**
 * Python packages, kept in the cache.
 *
 * @param name of the folder: another one for other versions
 */
export function pythonPackages(name: string, packages: readonly string[]): Promise<Fetched> {
  return kept(name, async (folder) => {
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    await exec('python3', [...args, '--retries=2', '--timeout=30', `--target=${folder}`, ...packages], {
      timeout: 300_000,
      // A user's own pip settings may contradict --target.
      env: { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
    });
  });
}

/** Packages of Debian, unpacked beside the system instead of into it. */
export function debianPackages(name: string, packages: readonly string[]): Promise<Fetched> {
  return kept(name, async (folder) => {
    const cwd = path.join(folder, 'packages');
    await mkdir(cwd);
    await exec('apt-get', ['download', ...packages], { cwd, timeout: 120_000 });
    for (const file of await readdir(cwd)) await exec('dpkg-deb', ['-x', path.join(cwd, file), folder]);
  });
}

/** In one step, so that what is there is whole. */
async function kept(name: string, fill: (folder: string) => Promise<void>): Promise<Fetched> {
  const place = path.join(cacheDir(), name);
  if (existsSync(place)) return { folder: place };
  await mkdir(cacheDir(), { recursive: true });
  const folder = await mkdtemp(`${place}-`);
  try {
    await fill(folder);
    await rename(folder, place).catch((error: unknown) => {
      // Another run was quicker.
      if (!existsSync(place)) throw error;
    });
    return { folder: place };
  } catch (error) {
    return {
      why: (error as Error).message.trim().split('\n').slice(0, 3).join(' '),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Says in one line why tests are left out. @returns whether they are */
export function isMissing(what: string, fetched: Fetched): fetched is { why: string } {
  if ('folder' in fetched) return false;
  process.stderr.write(`skipped, since ${what} is not here and could not be fetched: ${fetched.why}\n`);
  return true;
}
