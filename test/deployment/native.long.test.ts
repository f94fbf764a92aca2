import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { readLog } from '../../src/embedded/log-file.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { openSupervisor, type Supervisor } from '../../src/embedded/supervisor.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { startTemporal } from '../../src/embedded/temporal.ts';
import { choosePort } from '../../src/process/ports.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, sendFaultFeed } from '../support/faults/feed.ts';
import { foldFeed } from '../support/faults/oracle.ts';
import { faultPart, lastWordsOf, launchProgram, say, type FaultPart } from '../support/faults/parts.ts';
import { discardFolder, watchLogs } from '../support/kept-logs.ts';
import { until } from '../support/until.ts';
import { noScriptRoot, scriptRoot } from './native/script-root.ts';
import { secretUrl, serviceEnvironment } from './native/service-environment.ts';
import { roundRobin, type RoundRobin } from './round-robin.ts';

const TENANT = 'shop';
const EVENTS = 200;
const HOST = '127.0.0.1';

const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-deployment-'));
const secrets = path.join(folder, 'secrets');
const endings: (() => unknown)[] = [() => discardFolder(folder)];
let supervisor: Supervisor;
let proxy: RoundRobin;
let places: Record<string, string>;
const stopping = new AbortController();
const servers: { part: FaultPart; port: number }[] = [];
const workers: { part: FaultPart }[] = [];
let postgresPort = 0;

/** The settings of a service as its container has them; only addresses are this machine's. */
function environmentOf(service: string, more: Record<string, string> = {}): Record<string, string> {
  const role = service === 'cli' ? 'operator' : service;
  const file = path.join(secrets, `here_${role}_database_url`);
  writeFileSync(file, secretUrl(secrets, `${role}_database_url`, postgresPort));
  return serviceEnvironment(service, secrets, { ...places, DATABASE_URL_FILE: file, ...more });
}

/** A command of the product, run to its end as in a container of its own. */
function command(service: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH ?? '', ...environmentOf(service) };
  return execFileSync(process.execPath, [path.join(projectRoot(), 'dist/src/cli/main.js'), ...args], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function startService(
  service: 'server' | 'worker',
  no: number,
): Promise<{ part: FaultPart; port: number }> {
  const name = `${service}-${no}`;
  const port = await choosePort({ name });
  const metrics = await choosePort({ name: `${name}'s metrics` });
  const part = faultPart(name, () =>
    launchProgram(
      supervisor,
      {
        name,
        entry: 'dist/src/cli/main.js',
        args: [service],
        env: environmentOf(service, { HOST, PORT: String(port), METRICS_PORT: String(metrics) }),
        readyUrl: `http://${HOST}:${service === 'server' ? port : metrics}/readyz`,
      },
      stopping.signal,
    ),
  );
  await part.start();
  return { part, port };
}

describe.skipIf(noScriptRoot)(
  `docker-compose.yml without containers${noScriptRoot ? ` (skipped: ${noScriptRoot})` : ''}`,
  () => {
    beforeAll(async () => {
      watchLogs(folder);
      mkdirSync(path.join(folder, 'ops'));
      cpSync(path.join(projectRoot(), 'ops/make-secrets.sh'), path.join(folder, 'ops/make-secrets.sh'));
      execFileSync('sh', ['ops/make-secrets.sh'], { cwd: folder, stdio: 'ignore' });
      supervisor = await openSupervisor(folder);
      endings.push(() => supervisor.close());
      const { command: temporalCli } = await findTemporalCli({
        cacheDir: cacheDir(),
        log: say,
        run: supervisor.run,
      });
      const [postgres, temporal, root] = await Promise.all([
        startPostgres({ dataDir: path.join(folder, 'postgres'), log: say, supervisor }),
        startTemporal({
          command: temporalCli,
          dbFile: path.join(folder, 'temporal.db'),
          port: await choosePort({ name: 'Temporal' }),
          uiPort: await choosePort({ name: 'Web UI' }),
          supervisor,
        }),
        scriptRoot(path.join(folder, 'root'), secrets, { temporal: temporalCli }),
      ]);
      const superuser = new URL(postgres.url);
      postgresPort = postgres.port;
      root.run('postgres/create-roles.sh', {
        POSTGRES_USER: superuser.username,
        PGPASSWORD: decodeURIComponent(superuser.password),
        PGHOST: HOST,
        PGPORT: superuser.port,
      });
      const namespace = {
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: 'catalog-sync',
        TEMPORAL_RETENTION: '7d',
      };
      root.run('temporal/create-namespace.sh', namespace);
      // As after a restart of its container.
      root.run('temporal/create-namespace.sh', namespace);
      proxy = await roundRobin(() => servers.map(({ port }) => port));
      endings.push(() => proxy.close());
      places = {
        TEMPORAL_ADDRESS: temporal.address,
        ARCHIVE_DIR: path.join(folder, 'archives'),
        ALLOWED_HOSTS: `${HOST}:${proxy.port}`,
      };
      command('setup', 'setup');
      for (const no of [1, 2]) {
        workers.push(await startService('worker', no));
        servers.push(await startService('server', no));
      }
    }, 180_000);

    afterAll(async () => {
      stopping.abort();
      for (let end = endings.pop(); end; end = endings.pop()) await end();
    }, 60_000);

    it('takes a signed feed behind a proxy, loses nothing to a killed worker and server, ends in order, and has all after another setup', async () => {
      onTestFailed(() =>
        say(lastWordsOf(supervisor, ['worker-1', 'worker-2', 'server-1', 'server-2', 'temporal'])),
      );
      const why = ['--state', 'open', '--reason', 'deployment test', '--json'];
      command('cli', 'tenant', 'add', TENANT, ...why);
      const suppliers: Record<string, Buffer> = {};
      for (const supplier of ['acme', 'globex']) {
        const added = command('cli', 'supplier', 'add', supplier, '--tenant', TENANT, ...why);
        suppliers[supplier] = parseSecret((JSON.parse(added) as { secret: string }).secret);
      }
      const { token } = JSON.parse(command('cli', 'token', 'add', '--role', 'viewer', '--json')) as {
        token: string;
      };
      const random = createRandom(7);
      const events = faultFeed(random, { tenant: TENANT, count: EVENTS, skus: 40 });
      const apiUrl = `http://${HOST}:${proxy.port}`;
      const sending = newSending();
      const sent = sendFaultFeed(
        { apiUrl },
        { tenant: TENANT, secrets: suppliers, events, random, sending, burst: EVENTS / 2 },
      );
      sent.catch(() => undefined);
      await until(async () => sending.acknowledged.length >= EVENTS / 4, 60_000, 20);
      for (const parts of [workers, servers]) {
        await parts[0]?.part.kill();
        await parts[0]?.part.start();
      }
      await sent;

      const items = async (): Promise<Record<string, number>> => {
        const answer = await fetch(`${apiUrl}/v1/tenants/${TENANT}/items?limit=200`, {
          headers: { authorization: `Bearer ${token}` },
        });
        const listed = (await answer.json()) as { items: { itemId: string; quantity: number }[] };
        return Object.fromEntries(listed.items.map(({ itemId, quantity }) => [itemId, quantity]));
      };
      const winners = Object.fromEntries(
        [...foldFeed(events)].map(([itemId, { quantity }]) => [itemId, quantity]),
      );
      const caughtUp = async (): Promise<boolean> => {
        expect(await items()).toEqual(winners);
        return true;
      };
      await until(caughtUp, 120_000, 500);
      expect(sending.acknowledged).toHaveLength(EVENTS);

      for (const { part } of [...workers, ...servers]) expect(await part.stop()).toBe('exit code 0');
      command('setup', 'setup');
      for (const { part } of [...workers, ...servers]) await part.start();
      await until(caughtUp, 30_000);
      expect(readLog(path.join(folder, 'logs/worker-1.log'), 0)).not.toMatch(/"level":"?(?:60|fatal)/);
    });
  },
);
