import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { withoutSecrets } from '../config/secret-settings.ts';
import { ensurePrivateFolder } from '../process/private-folder.ts';
import { endOf, spawnGated, type ChildOptions } from './child.ts';
import { lastLines } from './log-file.ts';
import { identityOf, isSameProcess } from './process-identity.ts';
import {
  readRunFile,
  removeRunFile,
  withRunFileLock,
  writeRunFile,
  type RecordedChild,
  type RunFile,
  type Running,
  type StopStep,
} from './run-file.ts';
import { stopRecorded, stopRecordedChild } from './stop-recorded.ts';

export type SpawnOptions = ChildOptions & {
  /** How to stop it, gentlest first; a SIGKILL to its process group always comes last. */
  stopSteps?: StopStep[];
  /** Stopped before those that are not, together with those that are. */
  stopFirst?: boolean;
};

export type SupervisedChild = {
  name: string;
  pid: number;
  /** Resolves when it has ended, however it came to that, with how in words. Never rejects. */
  exited: Promise<string>;
  isAlive(): boolean;
  stop(): Promise<void>;
};

export type Supervisor = {
  /** Absolute path of the data folder. */
  dataDir: string;
  /** Starts a program that lives until `stopAll`, its own `stop`, or the death of this process. */
  spawn(name: string, command: string, args: readonly string[], options: SpawnOptions): SupervisedChild;
  /** Runs a program to its end, with the same guarantee. `output` holds its last 64 KiB. */
  run(
    name: string,
    command: string,
    args: readonly string[],
    options?: SpawnOptions,
  ): Promise<{ succeeded: boolean; end: string; output: string }>;
  /** Publishes where this `start` listens, for `readRunning`. */
  record(info: {
    ports?: Record<string, number>;
    urls?: Record<string, string>;
    namespace?: string;
    outgoingAllow?: string;
  }): void;
  /** Stops every child, the last started first. Nothing can be started from then on. */
  stopAll(): Promise<void>;
  /** `stopAll`, then takes the record away and lets the warden go. */
  close(): Promise<void>;
};

/** Another `start` lives on this data folder. */
export class AlreadyRunningError extends Error {
  override name = 'AlreadyRunningError';
}

/** What some `start` has left in a folder, of whatever version. */
const MARKS = new Set([
  'postgres',
  'postgres-password',
  'migrations.json',
  'run.json',
  'secrets.key',
  'logs',
]);

function isDataFolder(names: readonly string[]): boolean {
  return names.some((name) => MARKS.has(name));
}

const gently: StopStep[] = [{ signal: 'SIGTERM', patienceMs: 10_000 }];

/**
 * Takes the data folder for this process: refuses if another `start` lives on it, stops what a killed one left
 * behind, and starts the warden that does the same if this process is killed.
 */
export async function openSupervisor(folder: string): Promise<Supervisor> {
  if (process.platform === 'win32') {
    throw new Error('start runs on Linux and macOS; on Windows, use it inside WSL');
  }
  const dataDir = ensurePrivateFolder(folder, isDataFolder);
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('can not read the start time of this process: is `ps` there?');
  const self: Running = {
    pid: process.pid,
    identity,
    startedAt: new Date().toISOString(),
    ports: {},
    urls: {},
  };
  // What was left behind stays on record until it is stopped, should this process be killed before.
  const run = await withRunFileLock(dataDir, () => claim(dataDir, self));
  const warden = startWarden(dataDir, self);
  await stopRecorded(run.children);
  run.children = [];
  writeRunFile(dataDir, run);

  let stopping: Promise<void> | undefined;
  let closed = false;

  const forget = (child: RecordedChild): void => {
    if (closed) return;
    run.children = run.children.filter((other) => other !== child);
    writeRunFile(dataDir, run);
  };

  const launch = (
    name: string,
    command: string,
    args: readonly string[],
    options: SpawnOptions,
  ): SupervisedChild & { process: ChildProcess } => {
    if (stopping !== undefined) throw new Error(`${name} is not started: everything is being stopped`);
    const { stopSteps = gently, stopFirst, ...childOptions } = options;
    const { process: child, open } = spawnGated(command, args, childOptions);
    const ended = endOf(child);
    const born = child.pid === undefined ? undefined : identityOf(child.pid);
    if (child.pid === undefined || born === undefined) {
      child.kill('SIGKILL');
      throw new Error(`can not start ${name}: no process came of ${command}`);
    }
    const recorded: RecordedChild = {
      ...{ name, pid: child.pid, identity: born, stopSteps },
      ...(stopFirst === true && { stopFirst }),
    };
    run.children.push(recorded);
    writeRunFile(dataDir, run);
    open();
    const exited = ended.then((end) => {
      forget(recorded);
      return end;
    });
    return {
      name,
      pid: recorded.pid,
      process: child,
      exited,
      isAlive: () => isSameProcess(recorded),
      stop: () => stopRecordedChild(recorded),
    };
  };

  return {
    dataDir,
    spawn: launch,
    run: async (name, command, args, options = {}) => {
      const child = launch(name, command, args, options);
      const output = collectOutput(child.process);
      const end = await child.exited;
      if (stopping !== undefined) throw new Error(`${name} was stopped`);
      return { succeeded: end === 'exit code 0', end, output: await output };
    },
    record: ({ ports, urls, namespace, outgoingAllow }) => {
      if (namespace !== undefined) run.start.namespace = namespace;
      if (outgoingAllow !== undefined) run.start.outgoingAllow = outgoingAllow;
      Object.assign(run.start.ports, ports);
      Object.assign(run.start.urls, urls);
      writeRunFile(dataDir, run);
    },
    stopAll: () => (stopping ??= stopRecorded(run.children)),
    close: async () => {
      await (stopping ??= stopRecorded(run.children));
      closed = true;
      removeRunFile(dataDir);
      await warden?.dismiss();
    },
  };
}

function claim(dataDir: string, self: Running): RunFile {
  const former = readRunFile(dataDir);
  if (former !== undefined && isSameProcess(former.start)) {
    const { pid, startedAt } = former.start;
    throw new AlreadyRunningError(
      `a start with pid ${pid} has been running on ${dataDir} since ${startedAt}; ` +
        `stop it first (Ctrl-C in its terminal, or kill ${pid}), or give this one another DATA_DIR`,
    );
  }
  const run: RunFile = { start: self, children: former?.children ?? [] };
  writeRunFile(dataDir, run);
  return run;
}

/** Undefined when running from sources that were never built: then only the next start cleans up. */
function startWarden(dataDir: string, self: Running): { dismiss(): Promise<void> } | undefined {
  const fromSources = import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(
    new URL(fromSources ? '../../dist/src/embedded/warden.js' : './warden.js', import.meta.url),
  );
  if (fromSources && !existsSync(entry)) return undefined;
  const warden = spawn(process.execPath, [entry, dataDir, String(self.pid), self.identity], {
    cwd: '/',
    // Options meant for this process (an inspector's port, a loader) are not meant for the warden.
    env: { ...withoutSecrets(process.env), NODE_OPTIONS: '' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = endOf(warden);
  warden.stdin.on('error', () => undefined);
  // Neither the process nor the pipe keeps this process running.
  warden.unref();
  (warden.stdin as Socket).unref();
  return {
    dismiss: async () => {
      warden.ref();
      warden.stdin.end('orderly end\n');
      await gone;
    },
  };
}

async function collectOutput(child: ChildProcess): Promise<string> {
  let output = '';
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-65_536);
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
  await new Promise((resolve) => child.once('close', resolve));
  return lastLines(output, Infinity);
}
