import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { projectRoot } from '../../../src/config/project-root.ts';
import { cacheDir } from '../../../src/embedded/cache-dir.ts';
import { lastLines, readLog } from '../../../src/embedded/log-file.ts';
import type { Supervisor } from '../../../src/embedded/supervisor.ts';
import { choosePort } from '../../../src/process/ports.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/temporal/search-attribute-keys.ts';
import { registerSearchAttributes } from '../../../src/temporal/search-attributes.ts';
import { compose } from '../../ops/read-compose.ts';
import { until } from '../../support/until.ts';
import { temporalParts } from '../images/temporal-images.ts';
import { scriptRoot } from './script-root.ts';
import { serviceEnvironment } from './service-environment.ts';

const HOST = '127.0.0.1';

export interface TemporalServerSettings {
  /** Where its root of scripts and its log go. */
  folder: string;
  /** The folder that ops/make-secrets.sh has filled. */
  secrets: string;
  /** As its superuser. */
  postgresUrl: string;
  temporalCli: string;
  namespaces: readonly string[];
  supervisor: Supervisor;
  /** Instead of what docker-compose.yml says, e.g. `NUM_HISTORY_SHARDS`. */
  environment?: Readonly<Record<string, string>>;
  /** Instead of that of ops/temporal. */
  dynamicConfig?: string | undefined;
  /** After ops/temporal/lean-visibility.sql. */
  leanVisibility?: boolean;
}

/**
 * Temporal's server as docker-compose.yml has it, on PostgreSQL by the scripts of ops/, without containers: its programs are
 * built from their Go module, which takes ten minutes the first time. Its data are the databases `temporal` and
 * `temporal_visibility`, its role is `temporal`.
 *
 * @throws Error that says which part did not come up, with its last words
 */
export async function startTemporalServer(settings: TemporalServerSettings) {
  const { folder, secrets, supervisor } = settings;
  const image = compose.services.temporal?.image ?? '';
  const programs = await temporalParts(image, path.join(cacheDir(), 'deployment'));
  const root = await scriptRoot(path.join(folder, 'root'), secrets, {
    temporal: settings.temporalCli,
    'temporal-sql-tool': programs.sqlTool,
  });
  cpSync(programs.schema, path.join(folder, 'root/etc/temporal/schema'), { recursive: true });

  const postgres = new URL(settings.postgresUrl);
  root.run('postgres/create-roles.sh', {
    POSTGRES_USER: postgres.username,
    PGPASSWORD: decodeURIComponent(postgres.password),
    PGHOST: HOST,
    PGPORT: postgres.port,
  });
  root.run(
    'temporal/setup-schema.sh',
    serviceEnvironment('temporal-schema', secrets, { SQL_HOST: HOST, SQL_PORT: postgres.port }),
  );

  if (settings.leanVisibility) await leanVisibility(postgres, secrets);

  const port = await choosePort({ name: 'Temporal' });
  const metricsPort = await choosePort({ name: "Temporal's metrics" });
  const logFile = path.join(folder, 'logs', 'temporal.log');
  const child = supervisor.spawn('Temporal server', programs.server, ['start'], {
    cwd: folder,
    env: {
      ...serviceEnvironment('temporal', secrets, {
        POSTGRES_SEEDS: HOST,
        DB_PORT: postgres.port,
        POSTGRES_PWD: readFileSync(path.join(secrets, 'temporal_db_password'), 'utf8'),
        BIND_ON_IP: HOST,
        FRONTEND_GRPC_PORT: String(port),
        PROMETHEUS_ENDPOINT: `${HOST}:${metricsPort}`,
        DYNAMIC_CONFIG_FILE_PATH:
          settings.dynamicConfig ?? path.join(projectRoot(), 'ops/temporal/dynamic-config.yaml'),
        ...(await otherPorts()),
      }),
      ...settings.environment,
    },
    logFile,
    stopSteps: [{ signal: 'SIGTERM', patienceMs: 20_000 }],
  });
  const address = `${HOST}:${port}`;
  try {
    for (const namespace of settings.namespaces)
      root.run(
        'temporal/create-namespace.sh',
        serviceEnvironment('temporal-namespace', secrets, {
          TEMPORAL_ADDRESS: address,
          TEMPORAL_NAMESPACE: namespace,
        }),
      );
    await findByAttributes(address, settings.namespaces);
  } catch (error) {
    const ended = child.isAlive() ? '' : `it ended with ${await child.exited}: `;
    await child.stop();
    throw new Error(
      `Temporal's server did not come up: ${ended}${(error as Error).message}\n${lastLines(readLog(logFile, 0))}`,
      { cause: error },
    );
  }
  return {
    address,
    metricsUrl: `http://${HOST}:${metricsPort}/metrics`,
    pid: child.pid,
    role: 'temporal',
    stop: () => child.stop(),
  };
}

async function leanVisibility({ port }: URL, secrets: string): Promise<void> {
  const client = new pg.Client({
    ...{ host: HOST, port: Number(port), user: 'temporal', database: 'temporal_visibility' },
    password: readFileSync(path.join(secrets, 'temporal_db_password'), 'utf8'),
  });
  await client.connect();
  await client
    .query(readFileSync(path.join(projectRoot(), 'ops/temporal/lean-visibility.sql'), 'utf8'))
    .finally(() => client.end());
}

/** Its services talk to each other by ports of their own, which another server here may have. */
async function otherPorts(): Promise<Record<string, string>> {
  const names = [
    ...['FRONTEND_HTTP_PORT', 'FRONTEND_MEMBERSHIP_PORT'],
    ...['HISTORY', 'MATCHING', 'WORKER'].flatMap((name) => [`${name}_GRPC_PORT`, `${name}_MEMBERSHIP_PORT`]),
  ];
  const ports = [];
  for (const name of names) ports.push([name, String(await choosePort({ name }))]);
  return Object.fromEntries(ports) as Record<string, string>;
}

/** A namespace is known some seconds after it was made, and so is a search attribute; before, workflows are refused. */
async function findByAttributes(address: string, namespaces: readonly string[]): Promise<void> {
  const query = SEARCH_ATTRIBUTES.map(({ name }) => `${name} IS NOT NULL`).join(' OR ');
  const connection = await Connection.connect({ address });
  try {
    for (const namespace of namespaces)
      await until(async () => {
        await registerSearchAttributes(connection, namespace);
        await connection.workflowService.countWorkflowExecutions({ namespace, query });
        return true;
      });
  } finally {
    await connection.close();
  }
}
