import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { run } from '../engine/run.ts';

/**
 * A root file system of Debian packages with all that they need, unpacked without their scripts: enough for programs
 * that bring their own set-up. Kept in `cache`.
 *
 * @param into a folder that is not there
 */
export async function unpackDebian(cache: string, packages: readonly string[], into: string): Promise<void> {
  const archives = await download(cache, packages);
  mkdirSync(into, { recursive: true });
  for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb')))
    await run('dpkg-deb', ['-x', path.join(archives, name), into], { withinMs: 60_000 });
  for (const folder of ['tmp', 'var/tmp', 'run', 'proc', 'sys', 'dev', 'root'])
    mkdirSync(path.join(into, folder), { recursive: true });
  writeFileSync(path.join(into, 'etc/passwd'), PASSWD);
  writeFileSync(path.join(into, 'etc/group'), GROUP);
  writeFileSync(path.join(into, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
}

const PASSWD = `root:x:0:0:root:/root:/bin/sh
postgres:x:999:999::/var/lib/postgresql:/bin/sh
node:x:1000:1000::/home/node:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`;
const GROUP = 'root:x:0:\npostgres:x:999:\nnode:x:1000:\nnogroup:x:65534:\n';

/** As on a machine that has no package at all, so that nothing is left out because it is here. */
async function download(cache: string, packages: readonly string[]): Promise<string> {
  const digest = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12);
  const place = path.join(cache, 'debian', digest);
  if (existsSync(place)) return place;
  const stage = `${place}.${process.pid}`;
  mkdirSync(path.join(stage, 'partial'), { recursive: true });
  try {
    await run(
      'apt-get',
      [
        ...['-qq', '-y', '--no-install-recommends', '--download-only'],
        ...['-o', 'Dir::State::status=/dev/null'],
        ...['-o', `Dir::Cache::archives=${stage}`],
        ...['-o', 'Debug::NoLocking=1'],
        ...['install', ...packages],
      ],
      { withinMs: 180_000 },
    );
    renameSync(stage, place);
    return place;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
