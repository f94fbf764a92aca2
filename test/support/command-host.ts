import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';

/** As whom and where commands run. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  cwd: string;
}

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Nothing that a command prints. */
const END = '\u001ethe end of a command\u001e';
/** Those that run nothing, by their surroundings: what a process has read of them it keeps. */
const idle = new Map<string, ChildProcess[]>();
/** Those that run a command, or are to. */
const running = new Map<string, Set<ChildProcess>>();

const keyOf = ({ env, cwd }: Surroundings): string => JSON.stringify([cwd, Object.entries(env)]);

/**
 * Runs a command line in a process that may have run others before, one at a time: a process of its own spends a second on
 * loading what it works with. Its stdin is empty.
 *
 * @throws Error when it leaves something open that would keep a process of its own from ending
 */
export async function runInHost(args: readonly string[], surroundings: Surroundings): Promise<Ran> {
  const key = keyOf(surroundings);
  const host = idle.get(key)?.pop() ?? startHost(surroundings);
  const others = running.get(key) ?? new Set();
  running.set(key, others.add(host));
  try {
    const { left, ...ran } = await runIn(host, args);
    if (left !== undefined) {
      host.kill('SIGKILL');
      const outputs = `${ran.stdout}${ran.stderr}`;
      throw new Error(`${args.join(' ')} would not end, for it holds ${left}:\n${outputs}`);
    }
    if (isAlive(host)) idle.set(key, [...(idle.get(key) ?? []), host]);
    return ran;
  } finally {
    others.delete(host);
  }
}

/** @returns also what it holds that would keep a process of its own from ending, if anything */
async function runIn(host: ChildProcess, args: readonly string[]): Promise<Ran & { left?: string }> {
  keepRunning(host, true);
  const streams = [host.stdout, host.stderr].map((stream) => {
    let text = '';
    const read = (chunk: string): void => void (text += chunk);
    stream?.on('data', read);
    return { text: () => text, stop: () => stream?.off('data', read) };
  });
  const [stdout, stderr] = streams.map(({ text }) => text) as [() => string, () => string];
  const said = new Promise<{ code: number; left?: string }>((resolve) => {
    host.once('message', (message) => resolve(message as { code: number; left?: string }));
  });
  const gone = once(host, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  // It waits for a new one to have loaded. That it is gone by now, `gone` says.
  host.send(args, () => undefined);
  const ended = await Promise.race([said, gone]);
  if ('signal' in ended) return { ...ended, stdout: stdout(), stderr: stderr() };
  while (isAlive(host) && ![stdout(), stderr()].every((text) => text.includes(END)))
    await new Promise((resolve) => setImmediate(resolve));
  for (const { stop } of streams) stop();
  host.removeAllListeners('close');
  keepRunning(host, false);
  const [out, error] = [stdout(), stderr()].map((text) => text.split(END, 1)[0]) as [string, string];
  return { ...ended, signal: null, stdout: out, stderr: error };
}

/** Ends the processes that run a command in a folder, or with a data folder, and those that wait for more. */
export function endHosts(folder: string): void {
  for (const hosts of [idle, running])
    for (const [key, ofKey] of hosts) {
      if (!key.includes(folder)) continue;
      for (const host of ofKey) host.kill('SIGKILL');
      hosts.delete(key);
    }
}

function isAlive({ exitCode, signalCode, killed }: ChildProcess): boolean {
  return exitCode === null && signalCode === null && !killed;
}

/** Only while a command runs does its host keep this process from ending; it ends with it. */
function keepRunning(host: ChildProcess, isRunning: boolean): void {
  const which = isRunning ? 'ref' : 'unref';
  for (const held of [host, host.channel, host.stdout, host.stderr] as (Pick<
    ChildProcess,
    'ref' | 'unref'
  > | null)[])
    held?.[which]();
}

function startHost({ env, cwd }: Surroundings): ChildProcess {
  const host = fork(
    path.join(projectRoot(), 'test/support/command-host.mjs'),
    [path.join(projectRoot(), 'dist/src/cli/program.js'), END],
    { env, cwd, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  host.stdout?.setEncoding('utf8');
  host.stderr?.setEncoding('utf8');
  return host;
}
