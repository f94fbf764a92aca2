import { execFile } from 'node:child_process';

/** Runs a program to its end; never throws because of how it ended. `Supervisor['run']` is one. */
export type RunProgram = (
  name: string,
  command: string,
  args: readonly string[],
  options?: { env?: NodeJS.ProcessEnv },
) => Promise<{ succeeded: boolean; end: string; output: string }>;

/** Without a supervisor: the program belongs to this process's group, so Ctrl-C in a terminal reaches it too. */
export const runProgram: RunProgram = (_name, command, args, options = {}) =>
  new Promise((resolve) => {
    execFile(command, args, { ...options, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const end = error === null ? 'exit code 0' : String(error.signal ?? error.code);
      resolve({ succeeded: error === null, end, output: stdout + stderr });
    });
  });
