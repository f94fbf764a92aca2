import type { ConnectionOptions } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import getPort from 'get-port';
import type { Settings } from '../config/settings.ts';
import { readBacklog } from '../database/backlog.ts';
import { openDatabase } from '../database/client.ts';
import { stopSignal, stopped } from '../process/stop-signal.ts';
import { decryptSecret } from '../secrets/encryption.ts';
import { loadSecretsKey } from '../secrets/key.ts';
import { parseSecret } from '../standard-webhooks/secret.ts';
import { createLogger, temporalLogger } from '../telemetry/logger.ts';
import { serveMetrics } from '../telemetry/metrics-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { temporalMetricsOptions } from '../telemetry/temporal-metrics.ts';
import { connectPatiently } from '../temporal/connect.ts';
import { requireSearchAttributes } from '../temporal/search-attributes.ts';
import { runWorker } from './run-worker.ts';

/**
 * The worker as a process of its own: until SIGTERM or Ctrl-C, then it lets what runs come to its end.
 *
 * @throws when the settings do not suffice, when `setup` has not run, or when the worker ends by itself
 */
export async function runWorkerProcess(
  settings: Settings,
  places: { databaseUrl: string; temporal: { connectionOptions: ConnectionOptions; namespace: string } },
): Promise<void> {
  const { databaseUrl } = places;
  const { connectionOptions, namespace } = places.temporal;
  const { signal, stop } = stopSignal();
  const log = createLogger({ level: settings.LOG_LEVEL, name: 'worker' });
  const key = await loadSecretsKey({ settings });
  const temporalMetricsAddress = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: { metrics: temporalMetricsOptions(temporalMetricsAddress) },
    // This process has its own signal handling, which stops the starter first.
    shutdownSignals: [],
  });
  const metrics = createMetrics();
  const database = openDatabase(databaseUrl, { connections: 20 });
  metrics.observeBacklog(() => readBacklog(database));
  const connection = await connectPatiently(connectionOptions, log, signal);
  await requireSearchAttributes(connection, namespace);
  const worker = await runWorker({
    connection,
    namespace,
    databaseUrl,
    dependencies: {
      database,
      metrics,
      log,
      openSecret: (sealed, context) => decryptSecret(key, sealed, context),
      ...(settings.STOREFRONT_URL !== undefined &&
        settings.STOREFRONT_SECRET !== undefined && {
          defaultStorefront: {
            url: settings.STOREFRONT_URL,
            secret: parseSecret(settings.STOREFRONT_SECRET),
          },
        }),
    },
  });
  const endpoint = await serveMetrics({
    host: settings.HOST,
    port: settings.METRICS_PORT,
    metrics,
    temporalMetricsAddress,
    log,
  });
  log.info({ namespace, metricsPort: endpoint.port }, 'the worker is polling');

  worker.ended.catch((error: unknown) => stop(`the worker ended: ${String(error)}`));
  await stopped(signal);
  log.info({ why: String(signal.reason) }, 'stopping');
  await endpoint.close();
  await worker.stop();
  await metrics.close();
  await database.$disconnect();
  await connection.close();
  log.info('stopped');
}
