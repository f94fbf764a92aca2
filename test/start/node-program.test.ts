import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import type { Supervisor } from '../../src/embedded/supervisor.ts';
import { freePort } from '../../src/process/ports.ts';
import { INSTANCE_HEADER, INSTANCE_VARIABLE } from '../../src/process/instance.ts';
import { startNodeProgram } from '../../src/start/node-program.ts';
import { openForTest, scratchFolder } from '../embedded/scratch.ts';

afterEach(() => void vi.unstubAllEnvs());

/** What a supervisor was asked to start it with; nothing is started. */
async function environmentOf(program: { env: Record<string, string>; secrets?: readonly 'METRICS_TOKEN'[] }) {
  let env: NodeJS.ProcessEnv | undefined;
  const server = createServer(
    (_request, response) => void response.setHeader(INSTANCE_HEADER, env?.[INSTANCE_VARIABLE] ?? '').end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dataDir = mkdtempSync(path.join(tmpdir(), 'node-program-'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dataDir, { recursive: true });
  });
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

/** Another start's program on this machine: ready, and not ours. */
async function strangerAt(headers: Record<string, string> = {}): Promise<number> {
  const server = createServer((_request, response) => void response.writeHead(200, headers).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('what answers on its port', () => {
  const start = async (port: number, script: string) => {
    const supervisor = await openForTest(scratchFolder());
    const entry = path.join(supervisor.dataDir, 'program.mjs');
    writeFileSync(entry, script);
    return startNodeProgram(
      {
        name: 'program',
        entry: path.relative(projectRoot(), entry),
        env: {},
        readyUrl: `http://127.0.0.1:${port}/`,
      },
      supervisor,
      AbortSignal.timeout(30_000),
    );
  };
  const listening = (port: number) => `
    import { createServer } from 'node:http';
    createServer((request, response) =>
      response.setHeader('${INSTANCE_HEADER}', process.env.${INSTANCE_VARIABLE}).end(),
    ).on('error', ({ message }) => {
      console.error(message);
      process.exit(1);
    }).listen(${port}, '127.0.0.1');`;

  it('is not believed where it is another than the one that was started, which then says that the port is taken', async () => {
    for (const headers of [{}, { [INSTANCE_HEADER]: randomUUID() }]) {
      const port = await strangerAt(headers);
      await expect(start(port, listening(port))).rejects.toThrow(
        /the program ended with exit code 1:\n[^]*EADDRINUSE/,
      );
    }
  });

  it('is believed where it is the one that was started', async () => {
    const port = await freePort();
    const program = await start(port, listening(port));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await program.stop();
  });
});
