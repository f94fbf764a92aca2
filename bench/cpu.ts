import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

interface Process {
  parent: number;
  /** How it calls itself. */
  title: string;
  /** Its own and that of children that have ended, in seconds. */
  cpuSeconds: number;
  residentBytes: number;
}

/**
 * CPU seconds and resident memory of a process and everything below it, from /proc.
 *
 * @param wanted which of them, by how they call themselves; all, unless given
 * @returns undefined where there is no /proc
 */
export function usageOf(
  pid: number,
  wanted: (title: string) => boolean = () => true,
): { cpuSeconds: number; residentBytes: number } | undefined {
  const all = readAll();
  if (!all?.has(pid)) return undefined;
  const usage = { cpuSeconds: 0, residentBytes: 0 };
  const add = (one: number): void => {
    const found = all.get(one);
    if (!found) return;
    if (wanted(found.title)) {
      usage.cpuSeconds += found.cpuSeconds;
      usage.residentBytes += found.residentBytes;
    }
    for (const [child, { parent }] of all) if (parent === one) add(child);
  };
  add(pid);
  return usage;
}

function readAll(): Map<number, Process> | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const all = new Map<number, Process>();
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The second field is the program's name in parentheses, and may hold anything.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const field = (no: number): number => Number(fields[no - 3]);
      all.set(Number(name), {
        parent: field(4),
        title: readFileSync(`/proc/${name}/cmdline`, 'utf8'),
        cpuSeconds: (field(14) + field(15) + field(16) + field(17)) / TICKS_PER_SECOND,
        residentBytes: field(24) * PAGE_BYTES,
      });
    } catch {
      // It ended while we looked.
    }
  }
  return all;
}
