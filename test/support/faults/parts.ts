import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines, logSize, readLog } from '../../../src/embedded/log-file.ts';
import type { SupervisedChild, Supervisor } from '../../../src/embedded/supervisor.ts';
import { startNodeProgram, type NodeProgram } from '../../../src/start/node-program.ts';

/** A run of a part. */
export interface PartRun {
  pid: number;
  exited: Promise<string>;
  stop(): Promise<void>;
}

/** A part of the product that a test takes away and gives back. */
export interface FaultPart {
  name: string;
  pid(): number;
  /** How the run that `start` began has ended; undefined while it lives. */
  ended(): string | undefined;
  /** Starts it, on the ports of its last run. */
  start(): Promise<void>;
  /** SIGKILL to its process alone: what it started has to notice by itself. */
  kill(): Promise<void>;
  /** Stops it gently. @returns how it ended, in words */
  stop(): Promise<string>;
}

/** A killed part's ports and shared memory may be held for a moment longer; `start` tries again too. */
const TRIES = 10;
const LAST_BYTES = 8_192;

export function say(line: string): void {
  process.stderr.write(`faults: ${line}\n`);
}

/**
 * @param launch gets the part's former run, so that it can take the same port
 * @param tell is told what becomes of it
 */
export function faultPart<Run extends PartRun>(
  name: string,
  launch: (former: Run | undefined) => Promise<Run>,
  tell: (line: string) => void = say,
): FaultPart & { run(): Run } {
  let run: Run | undefined;
  let end: string | undefined;
  const current = (): Run => {
    if (!run) throw new Error(`${name} was never started`);
    return run;
  };
  return {
    name,
    run: current,
    pid: () => current().pid,
    ended: () => end,
    start: async () => {
      for (let tried = 1; ; tried += 1) {
        try {
          const fresh = await launch(run);
          run = fresh;
          end = undefined;
          void fresh.exited.then((how) => {
            if (run === fresh) end = how;
          });
          tell(`${name} runs (pid ${fresh.pid})`);
          return;
        } catch (error) {
          if (tried === TRIES) throw error;
          tell(`${name} did not start, trying again: ${String(error).split('\n')[0]}`);
          await sleep(1_000);
        }
      }
    },
    kill: async () => {
      process.kill(current().pid, 'SIGKILL');
      tell(`${name} killed: ${await current().exited}`);
    },
    stop: async () => {
      await current().stop();
      const how = await current().exited;
      tell(`${name} stopped: ${how}`);
      return how;
    },
  };
}

/** One of our own programs, started as `start` does it. */
export async function launchProgram(
  supervisor: Supervisor,
  program: NodeProgram,
  signal: AbortSignal,
): Promise<PartRun> {
  let child: SupervisedChild | undefined;
  const spawn: Supervisor['spawn'] = (...args) => (child = supervisor.spawn(...args));
  const { exited } = await startNodeProgram(program, { ...supervisor, spawn }, signal);
  if (!child) throw new Error(`${program.name} was not spawned`);
  const { pid, stop } = child;
  return { pid, exited, stop };
}

/** The ends of the parts' logs, for the report of a failed test. */
export function lastWordsOf(supervisor: Supervisor, names: readonly string[]): string {
  const logs = names.map((name) => {
    const file = path.join(supervisor.dataDir, 'logs', `${name}.log`);
    return `the end of ${name}'s log:\n${lastLines(readLog(file, Math.max(0, logSize(file) - LAST_BYTES)))}`;
  });
  return logs.join('\n');
}
