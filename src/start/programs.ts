import { textOf, type KeyRing } from '../access/secrets/key-ring.ts';
import { httpAddress } from '../config/http-address.ts';
import { SECRETS_OF_TEMPORAL } from '../config/secret-settings.ts';
import type { Database } from '../database/client.ts';
import type { DatabaseUrls } from '../database/sign-ins.ts';
import { formatSecret } from '../standard-webhooks/secret.ts';
import { renewDemoToken } from './demo-token.ts';
import type { StartContext } from './embedded-parts.ts';
import { answers } from '../process/ports.ts';
import { keepRunning } from './keep-running.ts';
import { startNodeProgram, type NodeProgram } from './node-program.ts';
import type { ChosenPorts } from './ports.ts';

export interface Places {
  databaseUrls: DatabaseUrls;
  temporal: { address: string; uiUrl: string; namespace: string };
  secretsKeys: KeyRing;
  /** What may be called besides what is public: OUTGOING_ALLOW. */
  outgoingAllow: string;
  demo: {
    /** Signs what the demo storefront is told. */
    secret: Buffer;
    /** Tenants whose own storefront it is, besides those that have none. */
    tenants: readonly string[];
  };
}

const CLI = 'dist/src/cli/main.js';

/**
 * Starts server, demo storefront and worker, each a process of its own, as in a real deployment. Where one does not
 * start, none of them runs.
 */
export async function startPrograms(
  context: StartContext,
  ports: ChosenPorts,
  places: Places,
  database: Database,
): Promise<void> {
  const { settings, supervisor, signal } = context;
  const host = settings.HOST;
  const secret = formatSecret(places.demo.secret);
  const storefrontUrl = httpAddress(host, ports.storefront);
  const shared = {
    HOST: host,
    DATA_DIR: supervisor.dataDir,
    SECRETS_KEYS: textOf(places.secretsKeys),
    SECRETS_KEY: '',
    TEMPORAL_ADDRESS: places.temporal.address,
    TEMPORAL_NAMESPACE: places.temporal.namespace,
    TEMPORAL_UI_URL: places.temporal.uiUrl,
    // The dev server speaks none, whatever a profile says of another one.
    ...(settings.TEMPORAL_ADDRESS === undefined && { TEMPORAL_TLS: 'false' }),
    LOG_LEVEL: settings.LOG_LEVEL,
    OUTGOING_ALLOW: places.outgoingAllow,
    STOREFRONT_URL: storefrontUrl,
    STOREFRONT_SECRET: secret,
  };
  const programs: NodeProgram[] = [
    {
      name: 'server',
      entry: CLI,
      args: ['server'],
      env: {
        ...shared,
        DATABASE_URL: places.databaseUrls.server,
        PORT: String(ports.api),
        METRICS_PORT: String(ports.serverMetrics),
      },
      secrets: ['METRICS_TOKEN', 'OIDC_CLIENT_SECRET', 'OTEL_EXPORTER_OTLP_HEADERS', ...SECRETS_OF_TEMPORAL],
      readyUrl: `${httpAddress(host, ports.api)}/readyz`,
    },
    {
      name: 'demo-storefront',
      entry: 'dist/src/demo-storefront/main.js',
      env: {
        HOST: host,
        STOREFRONT_PORT: String(ports.storefront),
        STOREFRONT_SECRETS: JSON.stringify(
          Object.fromEntries(['*', ...places.demo.tenants].map((tenant) => [tenant, secret])),
        ),
        CATALOG_URL: httpAddress(host, ports.api),
        CATALOG_TOKEN: await renewDemoToken(database, supervisor.dataDir),
        LOG_LEVEL: settings.LOG_LEVEL,
      },
      readyUrl: `${storefrontUrl}/`,
    },
    {
      name: 'worker',
      entry: CLI,
      args: ['worker'],
      env: {
        ...shared,
        DATABASE_URL: places.databaseUrls.worker,
        // It is the only one.
        TEMPORAL_WORKER_BUILD_ID: '',
        METRICS_PORT: String(ports.workerMetrics),
      },
      secrets: [
        'METRICS_TOKEN',
        'STOREFRONT_SECRET_BEFORE',
        'OTEL_EXPORTER_OTLP_HEADERS',
        ...SECRETS_OF_TEMPORAL,
      ],
      readyUrl: `${httpAddress(host, ports.workerMetrics)}/readyz`,
    },
  ];
  const stuck = {
    say: context.say,
    couldWork: async () => {
      const [, temporalHost = '', temporalPort = ''] = /^(.*):(\d+)$/.exec(places.temporal.address) ?? [];
      if (!(await answers(temporalHost, Number(temporalPort)))) return false;
      // As a worker looks for work.
      return database.$queryRaw`SELECT seq FROM supplier_event WHERE start_due_us <= (SELECT now_us()) LIMIT 1`.then(
        () => true,
        () => false,
      );
    },
  };
  const start = (program: NodeProgram) => startNodeProgram(program, supervisor, signal, stuck);
  const started = await Promise.allSettled(programs.map(start));
  const failure = started.find((one) => one.status === 'rejected');
  if (failure) {
    await Promise.all(started.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
    throw failure.reason;
  }
  for (const [index, program] of programs.entries()) {
    const first = started[index];
    if (first?.status !== 'fulfilled') continue;
    await keepRunning(
      program.name,
      (former) => (former ? start(program) : Promise.resolve(first.value)),
      context,
    );
  }
}
