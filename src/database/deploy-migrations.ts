import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from '../config/project-root.ts';
import { withoutSecrets } from '../config/secret-settings.ts';

/**
 * Applies the migrations that a database lacks, in a process of its own; one that is not there is made. Two at once do
 * so one after the other.
 *
 * @param alongside statements that each migration's transaction ends with
 * @throws with the engine's own words when a migration fails or the database cannot be reached
 */
export async function deployMigrations(databaseUrl: string, alongside = ''): Promise<void> {
  const root = projectRoot();
  const child = spawn(process.execPath, [path.join(root, 'prisma', 'engine', 'deploy.mjs')], {
    cwd: root,
    env: { ...withoutSecrets(process.env), NODE_OPTIONS: '', DATABASE_URL: databaseUrl },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // One that has ended before it read them tells why itself.
  child.stdin.on('error', () => undefined).end(alongside);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the migrations could not be applied:\n${output.trim()}`);
}
