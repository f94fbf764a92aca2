import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isSameProcess } from './process-identity.ts';

const processSchema = z.object({ pid: z.int().positive(), identity: z.string().min(1) });

const stopStepSchema = z.object({
  signal: z.custom<NodeJS.Signals>((value) => typeof value === 'string' && value.startsWith('SIG')),
  patienceMs: z.int().nonnegative(),
  toGroup: z.boolean().optional(),
});

const childSchema = processSchema.extend({
  name: z.string(),
  stopSteps: z.array(stopStepSchema),
  /** Stopped first, and together with the others that are: it needs the rest, and the rest does not need it. */
  stopFirst: z.boolean().optional(),
});

const startSchema = processSchema.extend({
  startedAt: z.string(),
  ports: z.record(z.string(), z.int()),
  urls: z.record(z.string(), z.string()),
  /** Of Temporal. */
  namespace: z.string().optional(),
  /** What its parts may call besides what is public. */
  outgoingAllow: z.string().optional(),
});

const runFileSchema = z.object({ start: startSchema, children: z.array(childSchema) });

/** One signal on the way to a stopped process, and how long to wait after it, in milliseconds. */
export type StopStep = z.infer<typeof stopStepSchema>;
export type RecordedChild = z.infer<typeof childSchema>;
/** A `start` that runs: its process, when it began (RFC 3339), and where its parts listen. */
export type Running = z.infer<typeof startSchema>;
export type RunFile = z.infer<typeof runFileSchema>;

/** What stands in DATA_DIR/run.json, be its processes alive or not. Undefined if there is none, or none readable. */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    return runFileSchema.parse(JSON.parse(readFileSync(runFilePath(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/** The `start` that runs on this data folder now; undefined if none does. */
export function readRunning(dataDir: string): Running | undefined {
  const start = readRunFile(dataDir)?.start;
  return start !== undefined && isSameProcess(start) ? start : undefined;
}

/** Replaces run.json in one step, readable by its owner only: its addresses may hold a password. Synchronous, so
 * that no signal can fall between starting a child and having it on record. */
export function writeRunFile(dataDir: string, content: RunFile): void {
  const temporary = `${runFilePath(dataDir)}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, runFilePath(dataDir));
}

export function removeRunFile(dataDir: string): void {
  rmSync(runFilePath(dataDir), { force: true });
}

/** Runs `action` while no other process can read and then replace run.json. It must take milliseconds only. */
export async function withRunFileLock<T>(dataDir: string, action: () => T): Promise<T> {
  const lock = `${runFilePath(dataDir)}.lock`;
  while (!takeLock(lock)) await sleep(20);
  try {
    return action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

const staleLockMs = 5_000;

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    // Its holder was killed in those few milliseconds.
    if (Date.now() - statSync(lock).mtimeMs > staleLockMs) rmdirSync(lock);
  } catch {
    // Somebody else was faster.
  }
  return false;
}

function runFilePath(dataDir: string): string {
  return path.join(dataDir, 'run.json');
}
