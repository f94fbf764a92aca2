import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../src/config/project-root.ts';
import { cacheDir } from '../../../src/embedded/cache-dir.ts';
import { unpackDebian } from '../images/debian-files.ts';

/** What the scripts of ops/ find in the images of PostgreSQL and Temporal. */
const PACKAGES = ['dash', 'coreutils', 'postgresql-client', 'perl-base'];

/** Why scripts cannot be run as in their containers here; undefined where they can. */
export const noScriptRoot: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')
    ? 'it needs root and a Debian, whose packages stand for the images'
    : undefined;

/** A root file system in which scripts of ops/ find what they find in a container. */
export interface ScriptRoot {
  /** Runs a script of ops/ there. @returns what it says @throws Error with that, when it fails */
  run(script: string, env: Record<string, string>): string;
}

/**
 * @param folder to be made
 * @param secrets the folder that ops/make-secrets.sh has filled
 * @param programs by the name that scripts call them by: `temporal` is its CLI
 */
export async function scriptRoot(
  folder: string,
  secrets: string,
  programs: Readonly<Record<string, string>>,
): Promise<ScriptRoot> {
  await unpackDebian(path.join(cacheDir(), 'deployment'), PACKAGES, folder);
  cpSync(secrets, path.join(folder, 'run/secrets'), { recursive: true });
  const place = path.join(folder, 'usr/local/bin');
  mkdirSync(place, { recursive: true });
  for (const [name, program] of Object.entries(programs)) {
    copyFileSync(program, path.join(place, name));
    chmodSync(path.join(place, name), 0o755);
  }
  return {
    run(script, env) {
      const inside = path.join(folder, 'script.sh');
      copyFileSync(path.join(projectRoot(), 'ops', script), inside);
      try {
        return execFileSync('/usr/sbin/chroot', [folder, '/bin/sh', '/script.sh'], {
          env: { PATH: '/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin', HOME: '/root', ...env },
          encoding: 'utf8',
          timeout: 60_000,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } finally {
        rmSync(inside);
      }
    },
  };
}
