import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs Prisma's CLI as `npx prisma` would; without a URL it gets no DATABASE_URL at all. */
export function prisma(args: string[], options: { url?: string; cwd?: string } = {}): Promise<Outcome> {
  const { url, cwd = projectRoot() } = options;
  const { DATABASE_URL: _, ...env } = process.env;
  const cli = join(projectRoot(), 'node_modules/prisma/build/index.js');
  return run([cli, ...args], { ...env, CHECKPOINT_DISABLE: '1', ...(url && { DATABASE_URL: url }) }, cwd);
}

/** Runs the schema engine's commands about a database as the CLI does. */
export function engineCommand(command: string, url: string): Promise<Outcome> {
  const engine = join(projectRoot(), 'prisma/engine/schema-engine.mjs');
  return run([engine, '--datasource', JSON.stringify({ url }), 'cli', command], process.env, projectRoot());
}

function run(args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}

/** A project of its own with this project's Prisma settings and engine, and no migrations. */
export async function scratchProject(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const root = projectRoot();
  const folder = await mkdtemp(join(tmpdir(), 'catalog-sync-prisma-'));
  await mkdir(join(folder, 'prisma'));
  await mkdir(join(folder, '.config'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await symlink(join(root, 'prisma/engine'), join(folder, 'prisma/engine'));
  await copyFile(join(root, '.config/prisma.ts'), join(folder, '.config/prisma.ts'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
