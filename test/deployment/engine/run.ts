import { spawn } from 'node:child_process';

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** The program is killed after so many milliseconds; ten minutes unless given. */
  withinMs?: number;
  /** Kills the program. */
  signal?: AbortSignal | undefined;
  /** Gets each line of both outputs as it comes. */
  onLine?: (line: string) => void;
}

const WITHIN_MS = 600_000;
const LAST_LINES = 40;

/**
 * Runs a program to its end, in a process group of its own: a Ctrl-C is for us, who end it in order.
 *
 * @returns what it wrote to stdout
 * @throws Error with the last lines of its outputs, when it fails, is too slow or is aborted
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, withinMs = WITHIN_MS, signal, onLine } = options;
  const shown = `${command} ${args.join(' ')}`.slice(0, 160);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new Error(`${shown}: stopped`));
      return;
    }
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let why: string | undefined;
    const end = (reason: string) => (): void => {
      why ??= reason;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(end(`took longer than ${withinMs / 1_000} s`), withinMs);
    const onAbort = end('stopped');
    signal?.addEventListener('abort', onAbort, { once: true });
    let stdout = '';
    let all = '';
    const take = (isStdout: boolean) => (text: string) => {
      if (isStdout) stdout += text;
      all = (all + text).slice(-20_000);
      if (onLine) for (const line of text.split('\n')) if (line.trim() !== '') onLine(line.trimEnd());
    };
    child.stdout.setEncoding('utf8').on('data', take(true));
    child.stderr.setEncoding('utf8').on('data', take(false));
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      done();
      reject(new Error(`${shown}: ${error.message}`));
    });
    child.once('close', (code) => {
      done();
      if (code === 0 && why === undefined) resolve(stdout);
      else
        reject(
          new Error(
            `${shown}: ${why ?? `ended with ${code}`}\n${all.trim().split('\n').slice(-LAST_LINES).join('\n')}`,
          ),
        );
    });
  });
}
