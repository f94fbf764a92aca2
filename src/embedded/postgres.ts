import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { lastLines, logSize, readLog } from './log-file.ts';
import { choosePort, loopback, rememberedPort, rememberPort } from '../process/ports.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import {
  ensureCluster,
  postgresEnv,
  postgresStopSteps,
  stopFormerPostmaster,
  superuser,
} from './postgres-cluster.ts';
import { launcherFor } from './run-as.ts';
import { startedOnPort } from './started-on-port.ts';
import type { SupervisedChild, Supervisor } from './supervisor.ts';

export type EmbeddedPostgres = {
  /** Connection string of the database `catalog`, with the password. */
  url: string;
  pid: number;
  port: number;
  /** Resolves when it has ended, with how in words. */
  exited: Promise<string>;
  stop(): Promise<void>;
};

const database = 'catalog';
/** Crash recovery of a big write-ahead log takes a while. */
const readyWithinMs = 120_000;
/** A busy machine may take so long to log one in. */
const connectWithinMs = 30_000;

/**
 * Starts PostgreSQL on 127.0.0.1, making its data folder and the database `catalog` at the first start. Without
 * `port` it takes the port of its last start, or any free one. The password, the remembered port and the log
 * lie beside `dataDir`. Throws with PostgreSQL's own last lines if it does not come up.
 */
export async function startPostgres(settings: {
  dataDir: string;
  port?: number | undefined;
  /** Further options of the server, e.g. `['-c', 'timezone=America/New_York']`. */
  options?: readonly string[];
  log: (line: string) => void;
  supervisor: Supervisor;
}): Promise<EmbeddedPostgres> {
  const { options = [], log, supervisor } = settings;
  const dataDir = path.resolve(settings.dataDir);
  const folder = path.dirname(dataDir);
  mkdirSync(folder, { recursive: true });
  const portsFile = path.join(folder, 'ports.json');
  const logFile = path.join(folder, 'logs', 'postgres.log');

  const binaries = await findPostgresBinaries();
  const launcher = await launcherFor(dataDir);
  const password = await ensureCluster(dataDir, binaries.initdb, launcher, supervisor, log);
  await stopFormerPostmaster(dataDir);

  return startedOnPort(async () => {
    const port = await choosePort({
      configured: settings.port,
      preferred: rememberedPort(portsFile, 'postgres'),
      name: 'POSTGRES_PORT',
    });
    const { command, args, ...ids } = launcher.wrap(binaries.postgres, [
      '-D',
      dataDir,
      ...serverSettings(port),
      ...options,
    ]);
    const logStart = logSize(logFile);
    const child = supervisor.spawn('PostgreSQL', command, args, {
      ...ids,
      cwd: '/',
      env: postgresEnv(),
      logFile,
      stopSteps: postgresStopSteps,
    });
    const account = { host: loopback, port, user: superuser, password };
    try {
      await createDatabaseWhenReady(child, account);
    } catch (error) {
      await child.stop();
      throw new Error(
        `PostgreSQL did not start: ${(error as Error).message}\n${lastLines(readLog(logFile, logStart))}`,
        { cause: error },
      );
    }
    rememberPort(portsFile, 'postgres', port);
    const url = `postgresql://${superuser}:${password}@${loopback}:${port}/${database}`;
    return { url, pid: child.pid, port, exited: child.exited, stop: () => child.stop() };
  });
}

function serverSettings(port: number): string[] {
  return Object.entries({
    listen_addresses: loopback,
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function createDatabaseWhenReady(
  child: SupervisedChild,
  account: { host: string; port: number; user: string; password: string },
): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    const client = new pg.Client({
      ...account,
      database: 'postgres',
      ssl: false,
      connectionTimeoutMillis: connectWithinMs,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
      return;
    } catch (error) {
      if (!child.isAlive()) throw new Error(`it ended with ${await child.exited}`, { cause: error });
      if (Date.now() > deadline || !isStillStarting(error)) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
    await sleep(50);
  }
}

/** Not listening yet, answering 57P03 (cannot_connect_now) while it recovers, or too busy to answer. */
function isStillStarting(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    code === 'ECONNREFUSED' ||
    code === 'ECONNRESET' ||
    code === 'ETIMEDOUT' ||
    code === '57P03' ||
    // As pg says it, without a code.
    message === 'timeout expired'
  );
}
