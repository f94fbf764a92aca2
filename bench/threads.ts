import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of a process by the names of its threads, those of one name together. Empty without /proc. */
export function threadsOf(pid: number): Record<string, number> {
  const times: Record<string, number> = {};
  let ids: string[] = [];
  try {
    ids = readdirSync(`/proc/${pid}/task`);
  } catch {
    return times;
  }
  for (const id of ids) {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const name = id === String(pid) ? 'main' : readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim();
      times[name] = (times[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It ended while we looked.
    }
  }
  return times;
}
