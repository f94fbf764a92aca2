import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import pg from 'pg';
import { projectRoot } from '../../../src/config/project-root.ts';
import { readRunFile } from '../../../src/embedded/run-file.ts';
import { endHosts, runInHost } from '../command-host.ts';
import { discardFolder, watchLogs, watchText } from '../kept-logs.ts';
import { processesNaming, remainders } from './processes.ts';
import { until } from '../until.ts';

const CLI = 'dist/src/cli/main.js';
const READY_WITHIN_MS = 120_000;
let starts = 0;

/** A data folder with the ports of the starts on it. */
export interface Place {
  dataDir: string;
  environment: NodeJS.ProcessEnv;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A `start` that has said that it is ready. */
export interface RunningStart {
  /** Of the process that was spawned: npm's, under npm. */
  pid: number;
  urls: { database: string; temporal: string; temporalUi: string; api: string; storefront: string };
  /** Of the embedded PostgreSQL's superuser, whom no process of the product is. */
  superuserUrl: string;
  ports: Record<string, number>;
  stdout(): string;
  stderr(): string;
  ended: Promise<Ended>;
}

/** An environment as a user's shell has it: nothing of the test runner, nothing of this product. */
export async function takePlace(): Promise<Place> {
  const dataDir = realpathSync(mkdtempSync(path.join(tmpdir(), 'catalog-sync-system-')));
  watchLogs(dataDir);
  const foreign =
    /^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$|PG|TEMPORAL_|STOREFRONT_|OUTGOING_|DATABASE_URL$|SECRETS_KEY|HOST$|LOG_LEVEL$)/;
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  environment['DATA_DIR'] = dataDir;
  for (const name of ['PORT', 'STOREFRONT_PORT', 'METRICS_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT']) {
    environment[name] = String(await getPort({ host: '127.0.0.1' }));
  }
  return { dataDir, environment };
}

/** Stops whatever still runs on the place, and removes it. */
export async function leavePlace({ dataDir }: Place): Promise<void> {
  endHosts(dataDir);
  const owner = readRunFile(dataDir)?.start;
  const running = () => processesNaming(dataDir);
  const signal = (pid: number, name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      // It has just gone.
    }
  };
  if (running().some(({ pid, identity }) => pid === owner?.pid && identity === owner.identity)) {
    signal(owner?.pid ?? 0, 'SIGTERM');
  }
  await remainders(running);
  for (const { pid } of running()) signal(pid, 'SIGKILL');
  await remainders(running);
  discardFolder(dataDir);
}

/**
 * Runs `start` as a user does, and waits until it is ready.
 *
 * @param options.root the checkout whose build is started; this one unless given
 * @param options.withinMs how long it may take
 * @param options.npm by `npm start`, in a process group of its own as a shell's job is; `shell` is what npm runs it by
 * @throws Error with what it said, when it ends before
 */
export async function startProduct(
  place: Place,
  options: { args?: string[]; npm?: { shell?: string }; root?: string; withinMs?: number } = {},
): Promise<RunningStart> {
  const { args = [], npm, root = projectRoot(), withinMs = READY_WITHIN_MS } = options;
  const child = npm
    ? launch(place, 'npm', ['start', '--', ...args], {
        detached: true,
        ...(npm.shell !== undefined && { env: { npm_config_script_shell: npm.shell } }),
      })
    : launch(place, process.execPath, [path.join(root, CLI), 'start', ...args]);
  watchText(`start-${(starts += 1)}`, () => child.stdout() + child.stderr());
  let gone = false;
  void child.ended.finally(() => (gone = true));
  await until(async () => gone || child.stderr().includes('ready after'), withinMs).catch(
    (error: unknown) => {
      throw new Error(`start is not ready:\n${child.stdout()}\n${child.stderr()}`, { cause: error });
    },
  );
  const record = readRunFile(place.dataDir)?.start;
  if (gone || !record) throw new Error(`start ended:\n${child.stdout()}\n${child.stderr()}`);
  const urls = record.urls as RunningStart['urls'];
  return { ...child, urls, superuserUrl: superuserUrl(place, urls.database), ports: record.ports };
}

function superuserUrl({ dataDir }: Place, database: string): string {
  const url = new URL(database);
  url.username = 'catalog';
  url.password = readFileSync(path.join(dataDir, 'postgres-password'), 'utf8').trim();
  return url.href;
}

/** Runs one command of the CLI to its end, as a process of its own. */
export function runCli(place: Place, ...args: string[]): Promise<Ended> {
  return runCliOf(projectRoot(), place, ...args);
}

/** The same in a process that has run others before; for all but what goes on: see command-host.ts. */
export function runCommand({ environment }: Place, ...args: string[]): Promise<Ended> {
  return runInHost(args, { env: environment, cwd: projectRoot() });
}

/** The same as {@link runCli}, of another checkout's build. */
export function runCliOf(root: string, place: Place, ...args: string[]): Promise<Ended> {
  return launch(place, process.execPath, [path.join(root, CLI), ...args]).ended;
}

/** Runs a statement as a person with psql would. */
export async function sql<Row extends pg.QueryResultRow>(
  { superuserUrl: connectionString }: RunningStart,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(statement, values)).rows;
  } finally {
    await client.end();
  }
}

function launch(
  { environment }: Place,
  command: string,
  args: string[],
  options: { detached?: boolean; env?: Record<string, string> } = {},
) {
  const child = spawn(command, args, {
    cwd: projectRoot(),
    detached: options.detached === true,
    env: { ...environment, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = endOf(child).then(([code, signal]): Ended => ({
    code,
    signal,
    stdout: stdout(),
    stderr: stderr(),
  }));
  return { pid: child.pid ?? 0, stdout, stderr, ended };
}

/** `exit` and not `close`: a child that outlives its parent would hold the pipes open. */
async function endOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  const closed = once(child, 'close');
  const end = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
  return end;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => (text += chunk));
  return () => text;
}
