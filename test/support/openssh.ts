import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { launcherFor } from '../../src/embedded/run-as.ts';
import { fingerprintOf } from '../../src/feed/source/sftp/host-key.ts';
import { debianPackages, type Fetched } from './fetched-program.ts';
import { newSshKey } from './ssh-keys.ts';
import { until } from './until.ts';

const INSTALLED = '/usr/sbin/sshd';
const NOBODY = 'nobody';

export interface OpenSsh {
  port: number;
  user: string;
  /** Of a user who may read `folder`. */
  key: string;
  /** Fingerprints of its keys, one of each kind. */
  hostKeys: string[];
  folder: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** This machine's sshd, or Debian's. */
export async function findSshd(): Promise<Fetched> {
  if (existsSync(INSTALLED)) return { folder: '/' };
  return debianPackages('openssh-server', ['openssh-server', 'openssh-sftp-server', 'libwrap0']);
}

/** @param root where `findSshd` found it */
export async function startOpenSsh(root: string): Promise<OpenSsh> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-sshd-'));
  const folder = path.join(base, 'out');
  await mkdir(folder);
  const own = newSshKey();
  await writeFile(path.join(base, 'authorized'), `${own.public}\n`);
  const hostKeys: string[] = [];
  const files: string[] = [];
  for (const kind of ['ed25519', 'ecdsa', 'rsa'] as const) {
    const key = newSshKey(kind);
    const file = path.join(base, `host-${kind}`);
    await writeFile(file, `${key.private.trimEnd()}\n`, { mode: 0o600 });
    files.push(file);
    hostKeys.push(fingerprintOf(key.blob));
  }
  const port = await getPort({ host: '127.0.0.1' });
  const config = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', 'PidFile none', 'UsePAM no', 'StrictModes no'],
    ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'LogLevel VERBOSE'],
    ...['Subsystem sftp internal-sftp', 'ForceCommand internal-sftp'],
    ...[`AuthorizedKeysFile ${path.join(base, 'authorized')}`, ...files.map((file) => `HostKey ${file}`)],
  ];
  await writeFile(path.join(base, 'config'), `${config.join('\n')}\n`);
  const isRoot = process.getuid?.() === 0;
  // Root would need a user of sshd's own, and lets nobody in whose account is locked.
  if (isRoot) await chown(base, idOf('-u'), idOf('-g'));
  const launcher = await launcherFor(base);
  let child: ChildProcess | undefined;
  let said = '';
  const start = async (): Promise<void> => {
    const { command, args, ...ids } = launcher.wrap(path.join(root, 'usr/sbin/sshd'), [
      ...['-D', '-e', '-f', path.join(base, 'config')],
    ]);
    const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu');
    const env = { ...process.env, ...(root !== '/' && { LD_LIBRARY_PATH: libraries }) };
    child = spawn(command, args, { ...ids, env, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const listens = `Server listening on 127.0.0.1 port ${port}.`;
    const before = said.length;
    await until(async () => {
      if (child?.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      return said.includes(listens, before);
    }, 10_000);
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const close = async (): Promise<void> => {
    await kill();
    await rm(base, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  const user = isRoot ? NOBODY : os.userInfo().username;
  return { port, user, key: own.private, hostKeys, folder, kill, start, close };
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, NOBODY], { encoding: 'utf8' }));
}
