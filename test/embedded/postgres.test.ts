import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres, type EmbeddedPostgres } from '../../src/embedded/postgres.ts';
import type { Supervisor } from '../../src/embedded/supervisor.ts';
import { bystander, isGone, openForTest, parentProcess, scratchFolder, untilGone } from './scratch.ts';

const quiet = (): void => undefined;

const start = (supervisor: Supervisor, options: readonly string[] = []): Promise<EmbeddedPostgres> =>
  startPostgres({ dataDir: path.join(supervisor.dataDir, 'postgres'), options, log: quiet, supervisor });

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('data, password and port survive a restart, a kill -9 of the parent and a kill -9 of PostgreSQL', async () => {
  const dataDir = scratchFolder();
  const parent = await parentProcess(
    dataDir,
    `const { startPostgres } = await load('postgres');
     const supervisor = await open(dataDir);
     const { url, pid } = await startPostgres({ dataDir: dataDir + '/postgres', log() {}, supervisor });
     report({ address: url, pids: [pid] });`,
  );
  const { address: url, pids } = parent.report;
  await query(url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
  await parent.kill();
  await untilGone(...pids);

  const supervisor = await openForTest(dataDir);
  const second = await start(supervisor);
  expect(second.url).toBe(url);
  await query(url, 'INSERT INTO kept VALUES (2)');
  process.kill(second.pid, 'SIGKILL');
  expect(await second.exited).toBe('signal SIGKILL');

  const third = await start(supervisor, ['-c', 'timezone=America/New_York']);
  expect(await query(third.url, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await query(third.url, 'SHOW timezone')).toEqual([{ TimeZone: 'America/New_York' }]);
  await third.stop();
  expect(isGone(third.pid)).toBe(true);
  expect(await third.exited).toBe('exit code 0');
});

test('a new cluster is in UTF-8 and UTC, listens on 127.0.0.1 only, and asks for the password', async () => {
  const supervisor = await openForTest(scratchFolder());
  const postgres = await start(supervisor);
  const [settings] = await query(
    postgres.url,
    `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone,
       current_setting('listen_addresses') AS host, current_setting('unix_socket_directories') AS sockets,
       current_setting('max_connections') AS connections, datcollate AS collation
     FROM pg_database WHERE datname = current_database()`,
  );
  expect(settings).toEqual({
    encoding: 'UTF8',
    zone: 'UTC',
    host: '127.0.0.1',
    sockets: '',
    connections: '200',
    collation: 'C',
  });
  const wrong = postgres.url.replace(/:[0-9a-f]+@/, ':wrong@');
  await expect(query(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(statSync(path.join(supervisor.dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
});

test('an interrupted initdb leaves nothing half-made, and the next start succeeds', async () => {
  const dataDir = scratchFolder();
  const supervisor = await openForTest(dataDir);
  const interrupted = start(supervisor).catch((error: unknown) => error);
  const stages = (): string[] => readdirSync(dataDir).filter((name) => name.includes('initdb-'));
  await expect.poll(stages, { timeout: 10_000, interval: 20 }).toHaveLength(1);
  await supervisor.close();
  expect(await interrupted).toBeInstanceOf(Error);
  expect(stages()).toEqual([]);
  expect(existsSync(path.join(dataDir, 'postgres'))).toBe(false);
  const postgres = await start(await openForTest(dataDir));
  expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a postmaster that runs unrecorded is stopped; a stranger that has its pid is not, and does not stop the start', async () => {
  const dataDir = scratchFolder();
  const supervisor = await openForTest(dataDir);
  const unrecorded = await start(supervisor);
  const next = await start(supervisor);
  expect(isGone(unrecorded.pid)).toBe(true);
  const pidFile = path.join(dataDir, 'postgres', 'postmaster.pid');
  const content = readFileSync(pidFile, 'utf8');
  await next.stop();

  const stranger = await bystander();
  writeFileSync(pidFile, content.replace(/^\d+/, String(stranger.pid)));
  const last = await start(supervisor);
  expect(isGone(last.pid)).toBe(false);
  expect(isGone(stranger.pid)).toBe(false);
});

test('a configured port that is taken gives a clear error', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const supervisor = await openForTest(scratchFolder());
  const dataDir = path.join(supervisor.dataDir, 'postgres');
  await expect(startPostgres({ dataDir, port, log: quiet, supervisor })).rejects.toThrow(
    `port ${port} (POSTGRES_PORT) is in use by another program`,
  );
});

test('what PostgreSQL says is in the error when it does not come up', async () => {
  const supervisor = await openForTest(scratchFolder());
  await expect(start(supervisor, ['-c', 'no_such_setting=1'])).rejects.toThrow(
    /did not start: it ended with exit code 1[^]*unrecognized configuration parameter/,
  );
});

test('on a machine so busy that the first connection takes longer than a usual one may, it starts all the same', async () => {
  const supervisor = await openForTest(scratchFolder());
  const { url } = await start(supervisor, ['-c', 'pre_auth_delay=6']);
  expect(url).toContain('/catalog');
});
