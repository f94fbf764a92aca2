import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { projectRoot } from '../../src/config/project-root.ts';
import { migrate } from '../../src/database/migrate.ts';
import { allowSignIns } from '../../src/database/sign-ins.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { openSupervisor } from '../../src/embedded/supervisor.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { startTemporal } from '../../src/embedded/temporal.ts';
import { PASSWORDS } from './passwords.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    temporalAddress: string;
    /** Their data folder; its logs are those of all test files. */
    partsFolder: string;
  }
}

/** No worker ever polls there. */
export const NOBODYS = 'test-nobodys';

/** Each test file that needs Temporal takes one for itself; see temporal.ts. */
export const NAMESPACES = Array.from({ length: 48 }, (_, index) => `test-${index + 1}`);

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

interface Parts {
  folder: string;
  postgresUrl: string;
  temporalAddress: string;
  end(): Promise<void>;
}

/** Set-ups of different projects share no modules, but a process. */
const shared = globalThis as { catalogSyncParts?: { users: number; parts: Promise<Parts> } | undefined };

/** One PostgreSQL and one Temporal for a run of the tests; each test file takes its own database and namespace. */
export default async function realParts(project: TestProject): Promise<() => Promise<void>> {
  const one = (shared.catalogSyncParts ??= { users: 0, parts: bringUp() });
  one.users += 1;
  const { folder, postgresUrl, temporalAddress, end } = await one.parts;
  project.provide('partsFolder', folder);
  project.provide('postgresUrl', postgresUrl);
  project.provide('temporalAddress', temporalAddress);
  return async () => {
    one.users -= 1;
    if (one.users > 0) return;
    shared.catalogSyncParts = undefined;
    await end();
  };
}

async function bringUp(): Promise<Parts> {
  // The workers under test run the workflows' bundle and the warden from `dist`.
  if (!process.env.CATALOG_SYNC_PREPARED)
    execFileSync(process.execPath, [path.join(projectRoot(), 'ops/prepare.mjs')], {
      stdio: ['ignore', 2, 2],
    });
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-test-'));
  const supervisor = await openSupervisor(folder);
  const end = async (): Promise<void> => {
    await supervisor.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const cli = await findTemporalCli({ cacheDir: cacheDir(), log: say });
    const [postgres, temporal] = await Promise.all([
      startPostgres({
        dataDir: path.join(folder, 'postgres'),
        options: ['-c', `timezone=${process.env.TEST_POSTGRES_TIME_ZONE ?? 'UTC'}`, '-c', 'fsync=off'],
        log: say,
        supervisor,
      }),
      startTemporal({
        command: cli.command,
        dbFile: path.join(folder, 'temporal.db'),
        namespaces: [...NAMESPACES, NOBODYS],
        supervisor,
      }),
    ]);
    await migrate(postgres.url);
    await allowSignIns(postgres.url, PASSWORDS);
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query('CREATE SEQUENCE test_namespace MAXVALUE 24 CYCLE');
    await client.query('CREATE DATABASE catalog_template TEMPLATE catalog').catch(async (error: unknown) => {
      await client.end();
      throw error;
    });
    await client.end();
    return { folder, postgresUrl: postgres.url, temporalAddress: temporal.address, end };
  } catch (error) {
    await end();
    throw error;
  }
}
