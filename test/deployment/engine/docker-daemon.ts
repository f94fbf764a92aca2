import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';

const READY_MS = 60_000;
const STOP_MS = 40_000;
/** Docker turns it on. */
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/**
 * Starts a Docker daemon without a network of its own. Images and what is built stay below `folder`, for the next time;
 * its containers do not. The host's packet filter is put back when it stops.
 *
 * @throws Error with the end of its log when it does not come up
 */
export async function startDockerDaemon(folder: string): Promise<{ host: string; stop(): Promise<void> }> {
  mkdirSync(folder, { recursive: true });
  const [log, pidFile, filter] = ['daemon.log', 'daemon.pid', 'filter.before'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const socket = path.join(folder, 'docker.sock');
  const host = `unix://${socket}`;
  await stopFormer(pidFile);
  // What a killed run left in the filter is not what was there before it.
  if (!existsSync(filter)) writeFileSync(filter, packetFilter());
  const forwarding = readFileSync(FORWARDING);
  const out = openSync(log, 'w');
  const daemon = spawn(
    '/usr/sbin/dockerd',
    [
      ...['--host', host],
      ...['--data-root', path.join(folder, 'data')],
      ...['--exec-root', path.join(folder, 'exec')],
      ...['--pidfile', pidFile],
      ...['--bridge', 'none'],
    ],
    // A group of its own: a Ctrl-C is for us, who stop it last. Debian's client finds what belongs to it first.
    {
      stdio: ['ignore', out, out],
      detached: true,
      env: { ...process.env, PATH: `/usr/sbin:/usr/bin:${process.env.PATH}` },
    },
  );
  closeSync(out);
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    daemon.once('exit', () => {
      ended = true;
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
    if (!ended) daemon.kill('SIGKILL');
    await exited;
    execFileSync('iptables-restore', [], { input: readFileSync(filter) });
    writeFileSync(FORWARDING, forwarding);
    rmSync(filter);
    rmSync(socket, { force: true });
  };
  const end = Date.now() + READY_MS;
  while (!ended && Date.now() < end) {
    const answers = await run('/usr/bin/docker', ['version'], {
      env: { DOCKER_HOST: host },
      withinMs: 10_000,
    }).then(
      () => true,
      () => false,
    );
    if (answers) return { host, stop };
    await sleep(200);
  }
  if (!ended) await stop();
  throw new Error(
    `the Docker daemon does not come up:\n${readFileSync(log, 'utf8').trim().split('\n').slice(-8).join('\n')}`,
  );
}

/** Every table that Docker writes to, so that restoring it takes away what came; one that was never used is not listed. */
function packetFilter(): Buffer {
  for (const table of ['filter', 'nat', 'raw']) execFileSync('iptables', ['-t', table, '-L', '-n']);
  return execFileSync('iptables-save');
}

/** The daemon of a run that was killed still holds its folder. */
async function stopFormer(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const isOurs = (): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(pidFile);
    } catch {
      return false;
    }
  };
  if (isOurs()) process.kill(pid, 'SIGTERM');
  for (const end = Date.now() + STOP_MS; isOurs() && Date.now() < end;) await sleep(200);
  if (isOurs()) process.kill(pid, 'SIGKILL');
  rmSync(pidFile, { force: true });
}
