import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import process from 'node:process';

/** Ends the run; its message says what failed and what to do. */
export class PrepareError extends Error {}

/** @typedef {{ advice?: string, cwd?: string, quiet?: boolean }} RunOptions `quiet` shows the output only on failure */

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;

/**
 * Passes a signal on to the command that is running, if there is one.
 *
 * @param {NodeJS.Signals} signal
 */
export function signalChild(signal) {
  child?.kill(signal);
}

/**
 * Runs a script with this Node.
 *
 * @param {string} what
 * @param {string} script
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @throws {PrepareError}
 */
export function runNode(what, script, args, options) {
  return run(what, process.execPath, [script, ...args], options);
}

/**
 * Runs a command with its output on stderr: stdout belongs to the command that npm runs afterwards.
 *
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @throws {PrepareError}
 */
export async function run(
  what,
  command,
  args,
  { advice = 'The lines above say why.', cwd, quiet = false } = {},
) {
  // Prisma would ask its makers for a newer version.
  const env = { ...process.env, CHECKPOINT_DISABLE: '1' };
  const running = spawn(command, args, {
    cwd,
    env,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2],
  });
  child = running;
  let output = '';
  for (const stream of [running.stdout, running.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const fault = await new Promise((resolve) => {
    running.on('error', (error) => resolve(error.message));
    running.on('close', (code, signal) =>
      resolve(code === 0 ? '' : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  child = undefined;
  if (fault === '') return;
  process.stderr.write(output);
  throw new PrepareError(`${what} failed: ${basename(command)} ${fault}. ${advice}`);
}

/** @param {string} message */
export function say(message) {
  process.stderr.write(`prepare: ${message}\n`);
}
