import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import { endHosts, runInHost } from '../support/command-host.ts';
import { onTerminal } from '../support/on-terminal.ts';

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Cli {
  folder: string;
  run(
    args: readonly string[],
    options?: { env?: Record<string, string>; input?: string },
  ): Promise<CliResult>;
  /** Runs it on a terminal, where both outputs are one screen. */
  runOnTerminal(
    args: readonly string[],
    options?: { env?: Record<string, string>; answers?: Record<string, string> },
  ): Promise<{ code: number | null; screen: string }>;
  /** Starts it, and leaves it to the test. */
  start(args: readonly string[], env?: Record<string, string>): ChildProcess;
  close(): Promise<void>;
}

/** They take a process for themselves, and leave it as it is when they end. */
const GOES_ON = new Set(['start', 'server', 'worker', 'listen']);

/**
 * The command line, in an environment that holds what is given only.
 *
 * @param options.alone each command as a process of its own; otherwise only those that read stdin, have a terminal, go
 *   on, or are left to the test
 */
export async function cli(
  environment: Record<string, string> = {},
  options: { alone?: boolean } = {},
): Promise<Cli> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-cli-'));
  const main = path.join(projectRoot(), 'dist/src/cli/main.js');
  const children: ChildProcess[] = [];
  const environmentOf = (env: Record<string, string>) => ({
    PATH: process.env.PATH,
    HOME: folder,
    DATA_DIR: path.join(folder, 'data'),
    OUTGOING_ALLOW: process.env.OUTGOING_ALLOW,
    ...environment,
    ...env,
  });
  const start: Cli['start'] = (args, env = {}) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: environmentOf(env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A command that reads no stdin may be gone before the test has written to it.
    child.stdin?.on('error', () => undefined);
    children.push(child);
    return child;
  };
  return {
    folder,
    start,
    runOnTerminal: (args, { env = {}, answers = {} } = {}) =>
      onTerminal([process.execPath, main, ...args], {
        cwd: folder,
        env: { TERM: 'xterm-256color', ...environmentOf(env) },
        answers,
      }),
    run: async (args, { env = {}, input = '' } = {}) => {
      const isAlone = options.alone === true || input !== '' || GOES_ON.has(args[0] ?? '');
      if (!isAlone) return runInHost(args, { env: environmentOf(env), cwd: folder });
      const child = start(args, env);
      let [stdout, stderr] = ['', ''];
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.stdin?.end(input);
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      return { code, stdout, stderr };
    },
    close: async () => {
      endHosts(folder);
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
