import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { projectRoot } from '../config/project-root.ts';
import { withoutSecrets, type SecretVariable } from '../config/secret-settings.ts';
import { INSTANCE_VARIABLE } from '../process/instance.ts';
import { STOP_WITHIN_MS } from '../process/stop-signal.ts';
import { lastLines, logSize, readLog } from '../embedded/log-file.ts';
import type { Supervisor } from '../embedded/supervisor.ts';
import type { Part } from './keep-running.ts';
import { ownAnswer, untilReady } from './own-answer.ts';
import { replaceWhenStuck, type StuckOptions, type Watched } from './replace-stuck.ts';

export interface NodeProgram {
  /** As it is called in messages and in the name of its log: `DATA_DIR/logs/{name}.log`. */
  name: string;
  /** Below the project, e.g. `dist/src/cli/main.js`. */
  entry: string;
  args?: readonly string[];
  env: Record<string, string>;
  /** Of the secrets in our own environment, those that it gets; none unless they are named. */
  secrets?: readonly SecretVariable[];
  /** An address that answers 200 when the program is ready, with its `instanceHeader`. */
  readyUrl: string;
}

const READY_WITHIN_MS = 60_000;
const LAST_LINES = 5;

/**
 * Starts one of our own programs as a process of its own, and waits until it is ready.
 *
 * @param stuck by which it is replaced when it lives and does nothing; without, it never is
 * @throws Error with the last it said when it ends before, or is not ready within a minute
 */
export async function startNodeProgram(
  program: NodeProgram,
  supervisor: Supervisor,
  signal: AbortSignal,
  stuck?: Pick<StuckOptions, 'couldWork' | 'say'>,
): Promise<Part & { stop(): Promise<void> }> {
  const logFile = path.join(supervisor.dataDir, 'logs', `${program.name}.log`);
  const entry = path.join(projectRoot(), program.entry);
  const logStart = logSize(logFile);
  const instance = randomUUID();
  const lastWords = (): string => `${lastLines(readLog(logFile, logStart), LAST_LINES)}\n(${logFile})`;
  const child = supervisor.spawn(
    program.name,
    process.execPath,
    ['--enable-source-maps', entry, ...(program.args ?? [])],
    {
      cwd: process.cwd(),
      env: {
        ...withoutSecrets(process.env, program.secrets),
        ...namesOfFiles(program.env),
        ...program.env,
        [INSTANCE_VARIABLE]: instance,
      },
      logFile,
      // A little longer than it gives itself.
      stopSteps: [{ signal: 'SIGTERM', patienceMs: STOP_WITHIN_MS + 1_000 }],
      stopFirst: true,
    },
  );
  const isReady = async (): Promise<boolean> => (await ownAnswer(program.readyUrl, instance))?.isOk === true;
  await untilReady(child, isReady, {
    name: `the ${program.name}`,
    withinMs: READY_WITHIN_MS,
    lastWords,
    signal,
  });
  if (stuck) {
    const watched: Watched = {
      name: program.name,
      isReady,
      isAlive: () => child.isAlive(),
      stop: () => child.stop(),
    };
    void replaceWhenStuck(watched, { ...stuck, signal });
  }
  return { exited: child.exited, stop: () => child.stop() };
}

/** Of what is set here, no file that the environment names says anything else. */
function namesOfFiles(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(env).map((name) => [`${name}_FILE`, '']));
}
