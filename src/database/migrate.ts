import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from '../config/project-root.ts';

/**
 * Brings a database to the newest migration: `prisma migrate deploy`. A database that is there already is left alone.
 *
 * @throws with Prisma's own words when a migration fails or the database cannot be reached
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const root = projectRoot();
  const prisma = path.join(root, 'node_modules', 'prisma', 'build', 'index.js');
  const child = spawn(process.execPath, [prisma, 'migrate', 'deploy'], {
    cwd: root,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      DATABASE_URL: databaseUrl,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the migrations could not be applied:\n${output.trim()}`);
}
