import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { Settings } from '../config/settings.ts';
import { checkOwnRole } from '../database/own-role.ts';
import { refuseEarlierVersion } from '../database/other-version.ts';
import { closeServerDatabases, openServerDatabases } from '../database/server-databases.ts';
import { choosePort, listenPatiently } from '../process/ports.ts';
import { createServer } from './create-server.ts';
import { closeGently } from '../process/close-gently.ts';
import { createClosers } from '../process/closers.ts';
import { stopSignal, stopped } from '../process/stop-signal.ts';
import { loadSecretsKey } from '../access/secrets/key.ts';
import { readGauges } from '../signals/read-gauges.ts';
import { readSweepGauges } from '../sweep/last-sweep.ts';
import { createLogger } from '../telemetry/logger.ts';
import { serveMetrics } from '../telemetry/metrics-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';

/**
 * The HTTP API as a process of its own: until SIGTERM or Ctrl-C, then it lets requests under way end.
 *
 * @throws when a port is taken, the settings do not suffice, or the database is an earlier version's or knows this
 *   process as somebody else
 */
export async function runServerProcess(
  settings: Settings,
  places: {
    databaseUrl: string;
    temporalUiUrl: string;
    namespace: string;
    /** Of Temporal, which need not be there: only the launch gate's commands ask it. */
    connectionOptions: ConnectionOptions;
  },
): Promise<void> {
  const { HOST: host, PORT: port, METRICS_PORT: metricsPort } = settings;
  const log = createLogger({ level: settings.LOG_LEVEL, name: 'server' });
  const { signal } = stopSignal(() => log.error('something hangs; ending without it'));
  const closers = createClosers(log);
  try {
    await choosePort({ host, configured: port, name: 'PORT' });
    await choosePort({ host, configured: metricsPort, name: 'METRICS_PORT' });
    const secretsKey = await loadSecretsKey({ settings });
    const tooStrong = await checkOwnRole(places.databaseUrl, 'server');
    if (tooStrong !== undefined) log.error(tooStrong);
    const databases = openServerDatabases(places.databaseUrl, () =>
      log.warn('a connection to PostgreSQL does not answer; taking new ones'),
    );
    closers.add(() => closeServerDatabases(databases));
    await refuseEarlierVersion(databases.people);
    const metrics = createMetrics();
    closers.add(() => metrics.close());
    // Here and not in the worker, whose end is one of the things that this has to show.
    metrics.observeGate(() => readGauges(databases.people));
    metrics.observeSweeps(() => readSweepGauges(databases.people));
    const endpoint = await serveMetrics({ host, port: metricsPort, metrics, log });
    closers.add(() => endpoint.close());
    const connection = Connection.lazy(places.connectionOptions);
    closers.add(() => connection.close());
    const app = createServer({
      databases,
      secretsKey,
      log,
      metrics,
      temporal: new Client({ connection, namespace: places.namespace }),
      temporalUiUrl: places.temporalUiUrl,
      namespace: places.namespace,
      ...(settings.STOREFRONT_URL !== undefined && { defaultStorefrontUrl: settings.STOREFRONT_URL }),
    });
    closers.add(() => closeGently(app));
    await listenPatiently({ host, port }, () => app.listen({ host, port }));
    log.info({ port, metricsPort: endpoint.port }, 'the server is listening');
    await stopped(signal);
    log.info({ why: String(signal.reason) }, 'stopping');
  } finally {
    await closers.close();
  }
  log.info('stopped');
}
