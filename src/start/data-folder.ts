import { existsSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readMigrations } from '../database/migration-state.ts';
import { OtherVersionError } from '../database/other-version.ts';

/** Which migrations the folder's PostgreSQL has, or is about to get: its version, to be read without starting it. */
const MARK = 'migrations.json';
const markSchema = z.object({
  migrations: z.array(z.string()),
  /** Which folder PostgreSQL's was, by number and birth: a copy that is put in its place is another one. */
  postgresFolder: z.string().optional(),
});

/**
 * Leaves a data folder of another version as it is: nothing is written, and PostgreSQL is not started.
 *
 * @throws OtherVersionError
 */
export async function refuseOtherDataFolder(dataDir: string): Promise<void> {
  if (!existsSync(path.join(dataDir, 'postgres', 'PG_VERSION'))) return;
  const folder = path.resolve(dataDir);
  const mark = await readMark(folder);
  if (!mark) {
    throw new OtherVersionError(
      `${folder} was made by an earlier version of catalog-sync and cannot be carried over: to keep its events, run ` +
        `\`npm start\` of that version on it once more, meanwhile \`node ops/export-events.mjs DIR\` of this one with ` +
        'the same DATA_DIR, and then, on a new DATA_DIR, the `npx catalog-sync ingest` commands that it prints ' +
        '(docs/running.md, "From an earlier version").',
    );
  }
  const ours = await readMigrations();
  const unknown = mark.migrations.filter((name) => !ours.has(name));
  if (unknown.length > 0) {
    throw new OtherVersionError(
      `${folder} was made by a later version of catalog-sync (${unknown.join(', ')} is not known here): start that ` +
        'version, or give another DATA_DIR.',
    );
  }
}

/** Before anything of this version is written into the folder, so that a start that is cut off can be repeated. */
export async function markDataFolder(dataDir: string): Promise<void> {
  const migrations = [...(await readMigrations()).keys()];
  const postgresFolder = (await readMark(dataDir).catch(() => undefined))?.postgresFolder;
  await writeMark(dataDir, { migrations, postgresFolder });
}

/**
 * Whether PostgreSQL's folder is another than at the last start: a backup was put in its place, which may be older than
 * what storefronts were told. It goes on saying so until `markPlace`.
 */
export async function isPutBack(dataDir: string): Promise<boolean> {
  const mark = await readMark(dataDir);
  return mark?.postgresFolder !== undefined && mark.postgresFolder !== (await folderOf(dataDir));
}

/** Notes which folder PostgreSQL's is now. */
export async function markPlace(dataDir: string): Promise<void> {
  const mark = await readMark(dataDir);
  await writeMark(dataDir, { migrations: mark?.migrations ?? [], postgresFolder: await folderOf(dataDir) });
}

async function folderOf(dataDir: string): Promise<string> {
  const { ino, birthtimeNs } = await stat(path.join(dataDir, 'postgres'), { bigint: true });
  return `${ino} ${birthtimeNs}`;
}

async function writeMark(dataDir: string, mark: z.infer<typeof markSchema>): Promise<void> {
  const file = path.join(dataDir, MARK);
  await writeFile(`${file}.new`, `${JSON.stringify(mark, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

async function readMark(dataDir: string): Promise<z.infer<typeof markSchema> | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(dataDir, MARK), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return markSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new OtherVersionError(
      `${dataDir} was made by another version of catalog-sync (its ${MARK} is not of this one): start that version, ` +
        'or give another DATA_DIR.',
      { cause: error },
    );
  }
}
