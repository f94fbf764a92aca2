import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { openLogFile } from './log-file.ts';

export type ChildOptions = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Where its output goes. Without one, the output is a pipe that the caller has to read. */
  logFile?: string;
};

/**
 * Starts a program that waits at a gate: it becomes `command` only when `open` is called, with the pid and the start
 * time that it already has. If this process dies before, the pipe to the gate ends and so does the child: there is
 * no moment at which an unrecorded program runs.
 *
 * It leads a process group of its own, so that Ctrl-C in a terminal reaches only this process, which then stops its
 * children in order.
 */
export function spawnGated(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): { process: ChildProcess; open: () => void } {
  const { logFile, ...spawnOptions } = options;
  const output = logFile === undefined ? 'pipe' : openLogFile(logFile);
  try {
    // What it writes is its owner's only: histories and logs hold suppliers' data.
    const gate = 'read -r go <&3 && umask 077 && exec "$@" 3<&-';
    const child = spawn('/bin/sh', ['-c', gate, 'gate', command, ...args], {
      ...spawnOptions,
      detached: true,
      stdio: ['ignore', output, output, 'pipe'],
    });
    const latch = child.stdio[3] as Writable;
    latch.on('error', () => undefined);
    return { process: child, open: () => latch.end('go\n') };
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}

/** How a process ended, in words, e.g. `exit code 1` or `signal SIGKILL`. Never rejects. */
export async function endOf(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null) {
    try {
      await once(child, 'exit');
    } catch (error) {
      return String(error);
    }
  }
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
}
