import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, identityOf, isSameProcess } from '../../../src/embedded/process-identity.ts';

/** A process that can be asked for later, when its pid may have gone to another one. */
export interface SeenProcess {
  pid: number;
  identity: string;
  commandLine: string;
}

/** A process with all that descend from it now. */
export function familyOf(pid: number): SeenProcess[] {
  const parents = parentsOfAll();
  const family = new Set([pid]);
  // A child may stand before its parent.
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  return [...family].flatMap(seen);
}

/** The processes that hold a text in their command line or, where it can be read, in their environment. */
export function processesNaming(text: string): SeenProcess[] {
  return [...parentsOfAll().keys()]
    .filter((pid) => pid !== process.pid)
    .filter((pid) => commandLineOf(pid)?.includes(text) === true || environmentOf(pid).includes(text))
    .flatMap(seen);
}

/** Waits until all are gone. @returns the command lines of those that stay; empty when none does */
export async function remainders(look: () => SeenProcess[], withinMs = 30_000): Promise<string[]> {
  const end = Date.now() + withinMs;
  for (;;) {
    const left = look().filter(isSameProcess);
    if (left.length === 0 || Date.now() > end)
      return left.map(({ pid, commandLine }) => `${pid} ${commandLine}`);
    await sleep(100);
  }
}

function seen(pid: number): SeenProcess[] {
  const identity = identityOf(pid);
  return identity === undefined ? [] : [{ pid, identity, commandLine: commandLineOf(pid) ?? '' }];
}

/** pid → parent's pid; Linux without `ps`, which small images lack. */
function parentsOfAll(): Map<number, number> {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid): [number, number][] => {
      const stat = readOrEmpty(`/proc/${pid}/stat`);
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return Number.isInteger(parent) ? [[Number(pid), parent]] : [];
    }),
  );
}

function environmentOf(pid: number): string {
  return process.platform === 'linux' ? readOrEmpty(`/proc/${pid}/environ`) : '';
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
