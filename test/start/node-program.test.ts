import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Supervisor } from '../../src/embedded/supervisor.ts';
import { startNodeProgram } from '../../src/start/node-program.ts';

afterEach(() => void vi.unstubAllEnvs());

/** What a supervisor was asked to start it with; nothing is started. */
async function environmentOf(program: { env: Record<string, string>; secrets?: readonly 'METRICS_TOKEN'[] }) {
  const server = createServer((_request, response) => void response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dataDir = mkdtempSync(path.join(tmpdir(), 'node-program-'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dataDir, { recursive: true });
  });
  let env: NodeJS.ProcessEnv | undefined;
  const supervisor = {
    dataDir,
    spawn: (...[, , , options]: Parameters<Supervisor['spawn']>) => {
      env = options.env;
      return { exited: new Promise(() => undefined), isAlive: () => true, stop: () => Promise.resolve() };
    },
  } as unknown as Supervisor;
  const readyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await startNodeProgram(
    { name: 'a program', entry: 'none.js', readyUrl, ...program },
    supervisor,
    AbortSignal.timeout(10_000),
  );
  return env ?? {};
}

it('a program gets no secret of ours but those that it is given, and those that it names', async () => {
  vi.stubEnv('DATABASE_URL', 'postgresql://me:hidden@host/db');
  vi.stubEnv('SECRETS_KEYS_FILE', '/run/secrets/keys');
  vi.stubEnv('METRICS_TOKEN', 'hidden');
  vi.stubEnv('TZ', 'Asia/Tokyo');
  const [none, one] = [
    await environmentOf({ env: { SECRETS_KEY: 'given' } }),
    await environmentOf({ env: {}, secrets: ['METRICS_TOKEN'] }),
  ];
  expect(none).toMatchObject({ TZ: 'Asia/Tokyo', SECRETS_KEY: 'given', SECRETS_KEY_FILE: '' });
  for (const name of ['DATABASE_URL', 'SECRETS_KEYS_FILE', 'METRICS_TOKEN'])
    expect(none).not.toHaveProperty(name);
  expect(one).toMatchObject({ METRICS_TOKEN: 'hidden' });
  expect(one).not.toHaveProperty('DATABASE_URL');
});
