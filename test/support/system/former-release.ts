import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../src/config/project-root.ts';
import { cacheDir } from '../../../src/embedded/cache-dir.ts';

/** The release before this one: `ops/release.json`. */
export const formerRelease = JSON.parse(
  readFileSync(path.join(projectRoot(), 'ops/release.json'), 'utf8'),
) as {
  version: string;
  commit: string;
  /** Its last one. */
  migration: string;
};

/** Why it cannot be had here; undefined where it can. */
export const noFormerRelease: string | undefined = tryIt();

/** For the names of tests. */
export const fromFormerRelease =
  noFormerRelease === undefined
    ? `from ${formerRelease.version} (${formerRelease.commit.slice(0, 7)})`
    : `from the release before (skipped: ${noFormerRelease})`;

/** Builds it from its commit, once. @returns its checkout */
export function buildFormerRelease(): string {
  const folder = path.join(cacheDir(), 'releases', formerRelease.commit);
  if (existsSync(folder)) {
    if (!hasOthersPackages(folder)) return folder;
    rmSync(folder, { recursive: true });
  }
  const stage = `${folder}.${process.pid}`;
  mkdirSync(stage, { recursive: true });
  try {
    unpackFormerRelease(stage);
    if (lockOf(stage) === lockOf(projectRoot())) {
      symlinkSync(path.join(projectRoot(), 'node_modules'), path.join(stage, 'node_modules'));
    }
    execFileSync(process.execPath, ['ops/prepare.mjs'], { cwd: stage, stdio: ['ignore', 2, 2] });
    renameSync(stage, folder);
    return folder;
  } catch (error) {
    rmSync(stage, { recursive: true, force: true });
    throw error;
  }
}

/** Its files as they were committed, into a folder that is there. */
export function unpackFormerRelease(folder: string): void {
  const archive = execFileSync('git', ['archive', '--format=tar', formerRelease.commit], {
    cwd: projectRoot(),
    maxBuffer: 256 * 1024 * 1024,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
}

/** It was built when this checkout still had the same packages. */
function hasOthersPackages(folder: string): boolean {
  const linked = lstatSync(path.join(folder, 'node_modules')).isSymbolicLink();
  return linked && lockOf(folder) !== lockOf(projectRoot());
}

function lockOf(root: string): string {
  return readFileSync(path.join(root, 'package-lock.json'), 'utf8');
}

function tryIt(): string | undefined {
  try {
    execFileSync('git', ['cat-file', '-e', `${formerRelease.commit}^{commit}`], {
      cwd: projectRoot(),
      stdio: 'ignore',
    });
    return undefined;
  } catch {
    return `commit ${formerRelease.commit.slice(0, 7)} is not in this clone: git fetch --unshallow`;
  }
}
