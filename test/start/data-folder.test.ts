import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrations } from '../../src/database/migration-state.ts';
import { isPutBack, markDataFolder, markPlace, refuseOtherDataFolder } from '../../src/start/data-folder.ts';
import { cli } from '../cli/run.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'catalog-sync-data-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function makeCluster(): Promise<void> {
  await mkdir(path.join(folder, 'postgres'));
  await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '18\n');
  await writeFile(path.join(folder, 'postgres-password'), 'secret\n');
  await writeFile(path.join(folder, 'temporal.db'), 'SQLite');
}

/** Every file with its content and time. */
async function contentOf(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(directory, { recursive: true })).toSorted()) {
    const file = path.join(directory, name);
    const { mtimeMs } = await stat(file);
    hash.update(`${name} ${mtimeMs}\n`);
    if ((await stat(file)).isFile()) hash.update(await readFile(file));
  }
  return hash.digest('hex');
}

async function start(): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const shell = await cli({ DATA_DIR: folder });
  try {
    return await shell.run(['start']);
  } finally {
    await shell.close();
  }
}

describe('a data folder', () => {
  it('of an earlier version is left as it is, with what to do in one sentence', async () => {
    await makeCluster();
    const before = await contentOf(folder);
    const { code, stdout, stderr } = await start();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^error: .* was made by an earlier version of catalog-sync and cannot be carried over/,
    );
    expect(stderr).toContain('node ops/export-events.mjs DIR');
    expect(stderr).toContain('npx catalog-sync ingest');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(await contentOf(folder)).toBe(before);
  });

  it.each([
    ['{"migrations": ["29990101000000_later"]}', /was made by a later version.*29990101000000_later/],
    ['{"format": 9}', /was made by another version/],
  ])('with the mark %s is left as it is', async (mark, words) => {
    await makeCluster();
    await writeFile(path.join(folder, 'migrations.json'), mark);
    const before = await contentOf(folder);
    const { code, stderr } = await start();
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
    expect(await contentOf(folder)).toBe(before);
  });

  it('of this version, or of one with fewer migrations, is taken', async () => {
    await refuseOtherDataFolder(folder);
    await markDataFolder(folder);
    await makeCluster();
    await refuseOtherDataFolder(folder);
    const [first] = (await readMigrations()).keys();
    await writeFile(path.join(folder, 'migrations.json'), JSON.stringify({ migrations: [first] }));
    await refuseOtherDataFolder(folder);
    await markDataFolder(folder);
    const mark: unknown = JSON.parse(await readFile(path.join(folder, 'migrations.json'), 'utf8'));
    expect(mark).toEqual({ migrations: [...(await readMigrations()).keys()] });
  });

  it('knows when a copy was put in the place of its PostgreSQL, until that was seen to', async () => {
    await makeCluster();
    await markDataFolder(folder);
    expect(await isPutBack(folder)).toBe(false);
    await markPlace(folder);
    await markDataFolder(folder);
    expect(await isPutBack(folder)).toBe(false);

    const postgres = path.join(folder, 'postgres');
    await cp(postgres, `${postgres}-kept`, { recursive: true });
    await rm(postgres, { recursive: true });
    await rename(`${postgres}-kept`, postgres);
    await markDataFolder(folder);
    expect(await isPutBack(folder)).toBe(true);
    await markDataFolder(folder);
    expect(await isPutBack(folder)).toBe(true);
    await markPlace(folder);
    expect(await isPutBack(folder)).toBe(false);
  });
});
