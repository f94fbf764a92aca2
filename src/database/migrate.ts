import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from '../config/project-root.ts';
import { withoutSecrets } from '../config/secret-settings.ts';
import { openDatabase } from './client.ts';
import { readMigrationState } from './migration-state.ts';
import { prepareRoles, settleRights } from './settle-rights.ts';
import { refuseAlteredMigrations, refuseEarlierMigrations } from './other-version.ts';

/**
 * Brings a database to the newest migration, in a process of its own, and to its roles and rights; one that is not there
 * is made.
 *
 * @throws OtherVersionError, with nothing done, when an earlier version or other migrations made it
 * @throws RolesMissing when the roles are not there, and the sign-in of the URL may not make them
 * @throws with the engine's own words when a migration fails or the database cannot be reached
 */
export async function migrate(databaseUrl: string): Promise<void> {
  await refuseOther(databaseUrl);
  await prepareRoles(databaseUrl);
  const root = projectRoot();
  const deploy = path.join(root, 'prisma', 'engine', 'deploy.mjs');
  const child = spawn(process.execPath, [deploy], {
    cwd: root,
    env: { ...withoutSecrets(process.env), NODE_OPTIONS: '', DATABASE_URL: databaseUrl },
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
  await settleRights(databaseUrl);
}

async function refuseOther(databaseUrl: string): Promise<void> {
  const database = openDatabase(databaseUrl, { connections: 1 });
  try {
    // One that is not there is made by Prisma, and of one that does not answer Prisma tells.
    const state = await readMigrationState(database).catch(() => undefined);
    if (!state) return;
    refuseEarlierMigrations(state);
    refuseAlteredMigrations(state);
  } finally {
    await database.$disconnect();
  }
}
