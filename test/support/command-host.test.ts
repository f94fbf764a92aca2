import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { endHosts, runInHost } from './command-host.ts';

it('a command that hangs ends with the hosts of its folder', async () => {
  const cwd = await mkdtemp(path.join(tmpdir(), 'catalog-sync-host-'));
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  onTestFinished(async () => {
    endHosts(cwd);
    silent.close();
    await rm(cwd, { recursive: true, force: true });
  });
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const env = { PATH: process.env.PATH, DATABASE_URL: `postgresql://nobody@127.0.0.1:${port}/nothing` };
  const asked = once(silent, 'connection');
  const ran = runInHost(['tenant', 'list'], { env, cwd });
  await asked;
  endHosts(cwd);
  expect(await ran).toMatchObject({ code: null, signal: 'SIGKILL' });
});
