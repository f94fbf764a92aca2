import { existsSync } from 'node:fs';
import { speakTo, type Docker } from './docker.ts';
import { run } from './run.ts';
import { startDockerDaemon } from './docker-daemon.ts';

/** Debian's; `docker.io` brings the engine and its client, runc and containerd. */
const PACKAGES = ['docker.io', 'docker-compose', 'iptables'];
const DEBIAN_CLIENT = '/usr/bin/docker';

/**
 * The engine that answers here, or one of our own: on a Debian, as root, its packages are installed and a daemon is
 * started that keeps everything below `folder`.
 *
 * @throws Error that says what is missing and what to do
 */
export async function findEngine(folder: string, say: (line: string) => void): Promise<Docker> {
  try {
    return await speakTo({ program: 'docker', env: {} });
  } catch (error) {
    say(`no Docker engine answers here (${(error as Error).message.split('\n').at(-1)}): starting one`);
  }
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      'no Docker engine answers, and one can be started by root on a Debian only: start Docker, or run this as root',
    );
  }
  if (!existsSync('/usr/sbin/dockerd') || !existsSync('/usr/bin/docker-compose')) {
    say(`installing ${PACKAGES.join(', ')}`);
    await run('apt-get', ['update', '-qq'], { withinMs: 120_000 });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], {
      // Runlevel 1: Debian starts no service that it installs.
      env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      withinMs: 300_000,
    });
  }
  const daemon = await startDockerDaemon(folder);
  try {
    return await speakTo({ program: DEBIAN_CLIENT, env: { DOCKER_HOST: daemon.host }, close: daemon.stop });
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}
