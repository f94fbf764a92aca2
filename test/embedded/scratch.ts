import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { identityOf } from '../../src/embedded/process-identity.ts';
import { openSupervisor, type Supervisor } from '../../src/embedded/supervisor.ts';
import { watchLogs } from '../support/kept-logs.ts';

/** A new folder, removed after the test. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'catalog-sync-embedded-')));
  watchLogs(folder);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A supervisor whose children are stopped after the test, unless the test has closed it. */
export async function openForTest(dataDir: string): Promise<Supervisor> {
  const supervisor = await openSupervisor(dataDir);
  onTestFinished(() => supervisor.close());
  return supervisor;
}

/** A process of no interest to anybody, ended after the test. */
export async function bystander(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

export function isGone(pid: number): boolean {
  return identityOf(pid) === undefined;
}

export async function untilGone(...pids: number[]): Promise<void> {
  await vi.waitFor(
    () => {
      const left = pids.filter((pid) => !isGone(pid));
      if (left.length > 0) throw new Error(`still running: ${left.join(', ')}`);
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** The children's pids, and where one of them listens. */
type Report = { pids: number[]; address: string };

/**
 * Runs `body` in a Node process of its own, which can then be killed. It has `dataDir`, `open` (openSupervisor) and
 * `load` (imports a module of src/embedded) in scope; what it passes to `report` comes back as JSON.
 */
export async function parentProcess(
  dataDir: string,
  body: string,
): Promise<{ pid: number; report: Report; kill: () => Promise<void> }> {
  const built = path.join(import.meta.dirname, '../../dist/src/embedded');
  if (!existsSync(built)) throw new Error('this test runs the built program: run npm run build first');
  const code = `
    const load = (name) => import(${JSON.stringify(pathToFileURL(built).href)} + '/' + name + '.js');
    const { openSupervisor: open } = await load('supervisor');
    const dataDir = ${JSON.stringify(dataDir)};
    const report = (value) => console.log(JSON.stringify(value));
    setInterval(() => undefined, 60_000);
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  onTestFinished(kill);
  for await (const line of createInterface(child.stdout)) {
    return { pid: child.pid ?? 0, report: JSON.parse(line) as Report, kill };
  }
  throw new Error('the parent process ended without a report');
}
