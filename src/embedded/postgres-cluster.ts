import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { readlinkSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withoutSecrets } from '../config/secret-settings.ts';
import { commandLineOf, identityOf } from './process-identity.ts';
import type { StopStep } from './run-file.ts';
import type { Launcher } from './run-as.ts';
import { stopRecordedChild } from './stop-recorded.ts';
import type { Supervisor } from './supervisor.ts';
import { lastLines } from './log-file.ts';

/** The superuser of the embedded PostgreSQL. */
export const superuser = 'catalog';

/** Fast shutdown, then an immediate one, which costs a crash recovery at the next start but no data. */
export const postgresStopSteps: StopStep[] = [
  { signal: 'SIGINT', patienceMs: 20_000 },
  { signal: 'SIGQUIT', patienceMs: 10_000 },
];

/**
 * Makes the data folder if there is none, and gives the superuser's password. It is made beside its place and moved
 * there when it is whole, so that an interruption leaves nothing half-made.
 */
export async function ensureCluster(
  dataDir: string,
  initdb: string,
  launcher: Launcher,
  supervisor: Supervisor,
  log: (line: string) => void,
): Promise<string> {
  const folder = path.dirname(dataDir);
  const passwordFile = path.join(folder, 'postgres-password');
  const staging = `${dataDir}.initdb-`;
  for (const name of readdirSync(folder)) {
    const leftover = path.join(folder, name);
    if (leftover.startsWith(staging)) rmSync(leftover, { recursive: true, force: true });
  }
  const exists = existsSync(path.join(dataDir, 'PG_VERSION'));
  if (exists) refuseForeignOwner(dataDir);
  const password = existsSync(passwordFile) ? readFileSync(passwordFile, 'utf8').trim() : undefined;
  if (exists && password === undefined) {
    throw new Error(
      `${passwordFile} is missing, but ${dataDir} was made with it: put it back, or remove ${dataDir} too`,
    );
  }
  if (password !== undefined && exists) return password;

  log('making a new PostgreSQL data folder');
  const newPassword = password ?? randomBytes(24).toString('hex');
  if (password === undefined) replaceFile(passwordFile, newPassword);
  const stage = `${staging}${randomBytes(4).toString('hex')}`;
  const [stagedData, stagedPassword] = [path.join(stage, 'data'), path.join(stage, 'password')];
  mkdirSync(stagedData, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(stagedPassword, newPassword, { mode: 0o600 });
    if (launcher.user !== undefined) {
      const { uid, gid } = launcher.user;
      for (const file of [stage, stagedData, stagedPassword]) chownSync(file, uid, gid);
    }
    const { command, args, ...ids } = launcher.wrap(initdb, [
      `--pgdata=${stagedData}`,
      `--username=${superuser}`,
      `--pwfile=${stagedPassword}`,
      '--encoding=UTF8',
      '--locale=C',
      '--auth=scram-sha-256',
    ]);
    const { succeeded, end, output } = await supervisor.run('initdb', command, args, {
      ...ids,
      cwd: '/',
      env: postgresEnv(),
      // It starts postgres processes of its own, which belong to its group.
      // Its folder becomes the data folder only when it is done, so nothing is lost by a short patience.
      stopSteps: [{ signal: 'SIGINT', patienceMs: 2_000, toGroup: true }],
    });
    if (!succeeded) throw new Error(initdbFailure(end, output, dataDir, launcher));
    renameSync(stagedData, dataDir);
    return newPassword;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * Stops a postmaster that still runs on this data folder, and removes a postmaster.pid whose pid has since gone to
 * some other program, which would make PostgreSQL refuse to start.
 */
export async function stopFormerPostmaster(dataDir: string): Promise<void> {
  const pidFile = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identityOf(pid) : undefined;
  if (identity === undefined) return;
  if (isPostmasterOf(pid, dataDir)) {
    await stopRecordedChild({ name: 'a former PostgreSQL', pid, identity, stopSteps: postgresStopSteps });
  } else {
    rmSync(pidFile, { force: true });
  }
}

/** The environment without what would steer PostgreSQL's own programs, and without our secrets. */
export function postgresEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(withoutSecrets(process.env)).filter(
    ([name]) => !/^(PG|LC_|LANG|TZ$)/.test(name),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function isPostmasterOf(pid: number, dataDir: string): boolean {
  const commandLine = commandLineOf(pid) ?? '';
  if (!commandLine.includes('postgres')) return false;
  if (process.platform !== 'linux') return commandLine.includes(dataDir);
  try {
    // A postmaster's working folder is its data folder.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return commandLine.includes(dataDir);
  }
}

function refuseForeignOwner(dataDir: string): void {
  const [me, owner] = [process.getuid?.(), statSync(dataDir).uid];
  if (me === undefined || me === 0 || me === owner) return;
  throw new Error(
    `${dataDir} belongs to the user with the id ${owner}: start as the user who made it, or give another DATA_DIR`,
  );
}

function initdbFailure(end: string, output: string, dataDir: string, launcher: Launcher): string {
  const hint =
    launcher.user !== undefined && /permission denied/i.test(output)
      ? `PostgreSQL does not run as root, and the user ${launcher.user.name} can not reach ${dataDir} or the ` +
        'installed packages: start as an ordinary user, or install setpriv (util-linux), or put the project where ' +
        'that user can read it\n'
      : '';
  return `PostgreSQL's initdb failed (${end}):\n${hint}${lastLines(output)}`;
}

function replaceFile(file: string, content: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${content}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
