import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells this process from a later one with the same pid: on Linux the boot's id and the start time in
 * clock ticks (field 22 of /proc/PID/stat), elsewhere what `ps -o lstart` prints. Undefined if there is no such
 * process, or only a zombie, which holds no resources any more.
 */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** Whether the very process that was recorded still runs. Never signal a pid without asking this first. */
export function isSameProcess(recorded: { pid: number; identity: string }): boolean {
  return identityOf(recorded.pid) === recorded.identity;
}

/** The pid of a process's parent, undefined if it can not be read. */
export function parentOf(pid: number): number | undefined {
  try {
    const parent = Number(process.platform === 'linux' ? fieldsOfStat(pid)[1] : ps(pid, ['-o', 'ppid=']));
    return Number.isInteger(parent) && parent > 0 ? parent : undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a process, undefined if it can not be read. */
export function commandLineOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : ps(pid, ['-ww', '-o', 'command=']);
  } catch {
    return undefined;
  }
}

function identityFromProc(pid: number): string | undefined {
  try {
    const fields = fieldsOfStat(pid);
    const [state, startTime] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
    return `${bootId()}:${startTime}`;
  } catch {
    return undefined;
  }
}

/** From the third field on. The second is the program's name in brackets and may itself hold blanks and brackets. */
function fieldsOfStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function identityFromPs(pid: number): string | undefined {
  try {
    const [state, ...started] = ps(pid, ['-o', 'stat=', '-o', 'lstart=']).split(/\s+/);
    return state === undefined || state.startsWith('Z') || started.length === 0
      ? undefined
      : started.join(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown-boot';
  }
}

function ps(pid: number, columns: string[]): string {
  return execFileSync('ps', [...columns, '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
