import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../config/project-root.ts';
import type { Database } from './client.ts';

/** How a database's migrations stand to those of this version, each by its name. */
export interface MigrationState {
  /** All of this version, in their order. */
  ours: string[];
  missing: string[];
  /** Applied, and of no version before or after that this one knows. */
  unknown: string[];
  /** Applied with another text than the file has now. */
  altered: string[];
}

/** The migrations of this version: the name of each, and the SHA-256 of its text, in their order. */
export async function readMigrations(): Promise<Map<string, string>> {
  const folder = path.join(projectRoot(), 'prisma', 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const hash = async (name: string): Promise<[string, string]> => {
    const text = await readFile(path.join(folder, name, 'migration.sql'));
    return [name, createHash('sha256').update(text).digest('hex')];
  };
  return new Map(await Promise.all(names.map(hash)));
}

/** @returns undefined when nothing was ever applied */
export async function readMigrationState(
  database: Pick<Database, '$queryRaw'>,
): Promise<MigrationState | undefined> {
  const [table] = await database.$queryRaw<{ known: boolean }[]>`
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS known`;
  if (table?.known !== true) return undefined;
  const rows = await database.$queryRaw<{ name: string; checksum: string }[]>`
    SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
     ORDER BY migration_name COLLATE "C"`;
  const ours = await readMigrations();
  const applied = new Set(rows.map(({ name }) => name));
  return {
    ours: [...ours.keys()],
    missing: [...ours.keys()].filter((name) => !applied.has(name)),
    unknown: rows.map(({ name }) => name).filter((name) => !ours.has(name)),
    altered: rows
      .filter(({ name, checksum }) => (ours.get(name) ?? checksum) !== checksum)
      .map(({ name }) => name),
  };
}

/** Whether a version made the database whose migrations came before the first of this one. */
export function isOfEarlierVersion({ ours, unknown }: Pick<MigrationState, 'ours' | 'unknown'>): boolean {
  const first = ours[0];
  return first !== undefined && unknown.some((name) => name < first);
}

/** Whether a later version has set the database up, and nothing that this one needs is missing there. */
export function isOfLaterVersion({ ours, missing, unknown }: MigrationState): boolean {
  const last = ours.at(-1);
  return last !== undefined && missing.length === 0 && unknown.some((name) => name > last);
}

/** Ends the name of a migration that takes away what releases before that one use. */
const NEEDS = /_needs_(\d+_\d+_\d+)$/;

/** The oldest release that works with what a migration has left, such as `0.3.0`; undefined: those that worked before. */
export function releaseNeededBy(migration: string): string | undefined {
  return NEEDS.exec(migration)?.[1]?.replaceAll('_', '.');
}
