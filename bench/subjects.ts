import { createRequire } from 'node:module';
import path from 'node:path';
import getPort from 'get-port';
import { textOf } from '../src/access/secrets/key-ring.ts';
import { signMessage } from '../src/standard-webhooks/sign-message.ts';
import type { SupervisedChild } from '../src/embedded/supervisor.ts';
import type { BenchEvent } from './events.ts';
import { SUPPLIER, TENANT, type Parts } from './parts.ts';
import { untilReady, type RunningSubject, type Subject } from './subject.ts';
import { workflowBundles } from './temporal/bundles.ts';

const CLI = path.resolve(import.meta.dirname, '../dist/src/cli/main.js');
const freePort = () => getPort({ host: '127.0.0.1' });

/** Everything that is measured side by side; next to each other what is held against each other. */
export function subjectsFor(parts: Parts): Subject[] {
  return [
    { name: 'ceiling', publishes: false, start: () => startCeiling(parts) },
    { name: 'ours', publishes: true, start: () => startOurs(parts) },
    { name: 'textbook', publishes: true, start: () => startTextbook(parts) },
    { name: 'DBOS', publishes: true, start: () => startAlone(parts, 'dbos') },
    { name: 'graphile-worker', publishes: true, start: () => startAlone(parts, 'graphile-worker') },
    { name: 'Restate', publishes: true, start: () => startRestate(parts) },
    { name: 'PostgreSQL alone', publishes: false, start: () => startAlone(parts, 'postgres-alone') },
  ];
}

/**
 * The product as shipped: `server` and so many `worker`s.
 *
 * @param options.otherCli the command of the last worker: that of another state of the product
 */
export async function startOurs(
  parts: Parts,
  options: {
    workers?: number;
    databaseName?: string;
    nodeOptions?: readonly string[];
    otherCli?: string;
  } = {},
): Promise<RunningSubject & { url: string; metricsUrls: string[] }> {
  const { workers = 1, databaseName = 'ours', nodeOptions = [], otherCli = CLI } = options;
  const database = await parts.databaseOf(databaseName);
  const shared = {
    HOST: '127.0.0.1',
    DATA_DIR: parts.folder,
    SECRETS_KEYS: textOf(parts.secretsKeys),
    TEMPORAL_ADDRESS: parts.temporal.address,
    TEMPORAL_NAMESPACE: 'ours',
    LOG_LEVEL: 'warn',
  };
  const [port, serverMetrics] = [await freePort(), await freePort()];
  const server = parts.run('server', [...nodeOptions, CLI, 'server'], {
    ...shared,
    DATABASE_URL: database.urls.server,
    PORT: String(port),
    METRICS_PORT: String(serverMetrics),
  });
  const url = `http://127.0.0.1:${port}`;
  const processes: Record<string, SupervisedChild> = { server };
  const metricsUrls: string[] = [];
  for (let no = 1; no <= workers; no += 1) {
    const metricsPort = await freePort();
    const name = workers === 1 ? 'worker' : `worker-${no}`;
    processes[name] = parts.run(name, [...nodeOptions, no === workers ? otherCli : CLI, 'worker'], {
      ...shared,
      DATABASE_URL: database.urls.worker,
      METRICS_PORT: String(metricsPort),
    });
    metricsUrls.push(`http://127.0.0.1:${metricsPort}/metrics`);
  }
  await untilReady(`${url}/readyz`, server, parts.folder);
  for (const [index, address] of metricsUrls.entries()) {
    await untilReady(address, Object.values(processes)[index + 1] ?? server, parts.folder);
  }
  const before = parts.storefront.accepted.size;
  return {
    url,
    metricsUrls,
    processes,
    post: (events) => postSigned(url, TENANT, database.supplierSecret, events),
    done: () => parts.storefront.accepted.size - before,
    stop: () => stopAll(processes),
  };
}

/** Sends a delivery as a supplier does. */
export async function postSigned(
  url: string,
  tenant: string,
  secret: Buffer,
  events: readonly BenchEvent[],
): Promise<void> {
  const body = Buffer.from(JSON.stringify(events.length === 1 ? events[0] : events));
  const headers = signMessage({
    id: `msg_${events[0]?.id ?? ''}`,
    timestampSeconds: Math.floor(Date.now() / 1000),
    body,
    secret,
  });
  await expectOk(
    await fetch(`${url}/v1/tenants/${tenant}/suppliers/${SUPPLIER}/events`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    }),
  );
}

async function startCeiling(parts: Parts): Promise<RunningSubject> {
  const { ceiling } = await workflowBundles(parts.folder);
  return startProgram(parts, 'ceiling', { NAMESPACE: 'ceiling', WORKFLOW_BUNDLE: ceiling });
}

async function startTextbook(parts: Parts): Promise<RunningSubject> {
  const { textbook } = await workflowBundles(parts.folder);
  const { url } = await parts.databaseOf('textbook');
  const env = { DATABASE_URL: url, NAMESPACE: 'textbook' };
  const worker = await startProgram(parts, 'textbook', { ...env, WORKFLOW_BUNDLE: textbook });
  const front = await startProgram(parts, 'textbook-front', env);
  return {
    ...front,
    processes: { server: front.processes.worker as SupervisedChild, ...worker.processes },
    stop: async () => {
      await front.stop();
      await worker.stop();
    },
  };
}

async function startAlone(parts: Parts, name: string): Promise<RunningSubject> {
  const { url } = await parts.databaseOf(name.replaceAll('-', '_'));
  return startProgram(parts, name, { DATABASE_URL: url });
}

async function startRestate(parts: Parts): Promise<RunningSubject> {
  const { url } = await parts.databaseOf('restate');
  const [ingress, admin, node, service] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const server = parts.run(
    'restate-server',
    [],
    {
      RESTATE_BASE_DIR: path.join(parts.folder, 'restate'),
      RESTATE_NODE_NAME: 'bench',
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_LOG_FILTER: 'warn',
      DO_NOT_TRACK: '1',
    },
    restateProgram(),
  );
  await untilReady(`http://127.0.0.1:${ingress}/restate/health`, server, parts.folder);
  await untilReady(`http://127.0.0.1:${admin}/health`, server, parts.folder);
  const program = await startProgram(parts, 'restate', {
    DATABASE_URL: url,
    RESTATE_INGRESS: `http://127.0.0.1:${ingress}`,
    RESTATE_ADMIN: `http://127.0.0.1:${admin}`,
    SERVICE_PORT: String(service),
  });
  return {
    ...program,
    processes: { ...program.processes, engine: server },
    stop: async () => {
      await program.stop();
      await server.stop();
    },
  };
}

/** The package's own launcher is a process more, which would have to be stopped with it. */
function restateProgram(): string {
  const packageOf = `@restatedev/restate-server-${process.platform}-${process.arch}/package.json`;
  return path.join(path.dirname(createRequire(import.meta.url).resolve(packageOf)), 'bin/restate-server');
}

async function startProgram(
  parts: Parts,
  name: string,
  env: Record<string, string>,
): Promise<RunningSubject> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entry = path.join(import.meta.dirname, 'subjects', `${name}.ts`);
  const worker = parts.run(name, ['--import', 'tsx', entry], {
    PORT: String(port),
    STOREFRONT_URL: parts.storefront.url,
    TEMPORAL_ADDRESS: parts.temporal.address,
    ...env,
  });
  await untilReady(`${url}/ready`, worker, parts.folder);
  const before = parts.storefront.accepted.size;
  const counts = name === 'ceiling' || name === 'postgres-alone';
  return {
    processes: { worker },
    post: async (events) => {
      await expectOk(await fetch(`${url}/events`, { method: 'POST', body: JSON.stringify(events) }));
    },
    done: async () => {
      if (!counts) return parts.storefront.accepted.size - before;
      return Number(await (await fetch(`${url}/done`)).text());
    },
    stop: () => worker.stop(),
  };
}

async function expectOk(response: Response): Promise<void> {
  const text = await response.text();
  if (!response.ok) throw new Error(`a delivery was answered ${response.status}: ${text.slice(0, 300)}`);
}

async function stopAll(processes: Record<string, SupervisedChild>): Promise<void> {
  await Promise.all(Object.values(processes).map((child) => child.stop()));
}
