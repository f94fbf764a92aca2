import type { ConnectionOptions } from '@temporalio/client';
import { exposureWarning } from '../config/exposed-host.ts';
import { gateSettings, retentionSettings, type Settings } from '../config/settings.ts';
import { readBacklog } from '../ledger/backlog.ts';
import { readNotifyGauges } from '../notify/list-channels.ts';
import { openDatabase } from '../database/client.ts';
import { checkOwnRole } from '../database/own-role.ts';
import { refuseOtherVersion } from '../database/other-version.ts';
import { createClosers } from '../process/closers.ts';
import { allowOutgoing } from '../outgoing/allowed.ts';
import { stopSignal, stopped } from '../process/stop-signal.ts';
import { choosePort } from '../process/ports.ts';
import { decryptSecret } from '../access/secrets/encryption.ts';
import { payloadsOf } from '../access/secrets/payload-codec.ts';
import { createSeal } from '../access/secrets/seal.ts';
import { loadSecretsKeys } from '../access/secrets/load-keys.ts';
import { requireKeysPatiently } from '../access/secrets/require-keys.ts';
import { parseSecret } from '../standard-webhooks/secret.ts';
import { createLogger } from '../telemetry/logger.ts';
import { reasonOf } from '../telemetry/reason-of.ts';
import { serveMetrics } from '../telemetry/metrics-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openTracing } from '../telemetry/tracing/open-tracing.ts';
import { connectPatiently } from '../temporal/connect.ts';
import { requireSearchAttributes } from '../temporal/search-attributes.ts';
import { readRouting } from '../temporal/read-routing.ts';
import { installRuntime } from './install-runtime.ts';
import { passedOverWarning } from './passed-over-warning.ts';
import { runWorker } from './run-worker.ts';

/**
 * The worker as a process of its own: until SIGTERM or Ctrl-C, then it lets what runs come to its end.
 *
 * @throws when the settings do not suffice, when `setup` has not run or was an earlier version's, or when the worker ends by itself
 */
export async function runWorkerProcess(
  settings: Settings,
  places: { databaseUrl: string; temporal: { connectionOptions: ConnectionOptions; namespace: string } },
): Promise<void> {
  const { databaseUrl } = places;
  const { connectionOptions, namespace } = places.temporal;
  const { HOST: host, METRICS_PORT: port } = settings;
  const log = createLogger({ level: settings.LOG_LEVEL, name: 'worker' });
  const { signal, stop } = stopSignal(() => log.error('something hangs; ending without it'));
  const closers = createClosers(log);
  let fault: unknown;
  try {
    allowOutgoing(settings.OUTGOING_ALLOW);
    const warning = exposureWarning(settings);
    if (warning !== undefined) log.warn({ host }, warning);
    await choosePort({ host, configured: port, name: 'METRICS_PORT' });
    const keys = await loadSecretsKeys({ settings });
    const temporalMetricsAddress = await installRuntime(log);
    const metrics = createMetrics();
    closers.add(() => metrics.close());
    const tracing = await openTracing(settings, { service: 'catalog-sync-worker', log });
    if (tracing) closers.add(() => tracing.close());
    const tooStrong = await checkOwnRole(databaseUrl, 'worker');
    if (tooStrong !== undefined) log.error(tooStrong);
    const onHang = (): void => log.warn('a connection to PostgreSQL does not answer; taking new ones');
    const database = openDatabase(databaseUrl, { role: 'worker', connections: 20, onHang });
    closers.add(() => database.$disconnect());
    const retention = retentionSettings(settings);
    const pruner = retention && openDatabase(databaseUrl, { role: 'pruner', connections: 2, onHang });
    if (pruner) closers.add(() => pruner.$disconnect());
    await refuseOtherVersion(database);
    // With other keys it would take the inputs of every workflow for forged.
    await requireKeysPatiently(database, keys, { log, signal });
    metrics.observeBacklog(() => readBacklog(database));
    metrics.observeNotifications(() => readNotifyGauges(database));
    const connection = await connectPatiently(connectionOptions, log, signal);
    closers.add(() => connection.close());
    await requireSearchAttributes(connection, namespace);
    const deploymentName = settings.TEMPORAL_DEPLOYMENT_NAME;
    const buildId = settings.TEMPORAL_WORKER_BUILD_ID;
    const routing = await readRouting(connection, namespace, deploymentName).catch((error: unknown) => {
      log.warn({ reason: reasonOf(error) }, 'Temporal does not tell to which builds it sends workflow tasks');
    });
    const passedOver = routing && passedOverWarning(routing, { deploymentName, buildId });
    if (passedOver !== undefined) log.warn(passedOver);
    const worker = await runWorker({
      connection,
      namespace,
      databaseUrl,
      version: buildId === undefined ? undefined : { deploymentName, buildId },
      payloads: payloadsOf(keys, settings),
      dependencies: {
        database,
        metrics,
        tracing,
        log,
        gate: gateSettings(settings),
        seal: createSeal(keys, 'workflow inputs'),
        retention,
        feedFolder: settings.FEED_FOLDER,
        feedKeyFolder: settings.FEED_SSH_FOLDER,
        pruner,
        publicUrl: settings.PUBLIC_URL,
        openSecret: (sealed, context) => decryptSecret(keys, sealed, context),
        ...(settings.STOREFRONT_URL !== undefined &&
          settings.STOREFRONT_SECRET !== undefined && {
            defaultStorefront: {
              url: settings.STOREFRONT_URL,
              secret: parseSecret(settings.STOREFRONT_SECRET),
              ...(settings.STOREFRONT_SECRET_BEFORE !== undefined && {
                secretBefore: parseSecret(settings.STOREFRONT_SECRET_BEFORE),
              }),
            },
          }),
      },
    });
    closers.add(() => worker.stop());
    worker.ended.catch((error: unknown) => {
      fault = error;
      stop('the worker ended by itself');
    });
    // Last: whoever waits for the worker takes an answer here for a worker that polls.
    const endpoint = await serveMetrics({
      ...{ host, port, metrics, temporalMetricsAddress, log },
      token: settings.METRICS_TOKEN,
      notReady: () => worker.notReady(),
    });
    closers.add(() => endpoint.close());
    log.info({ namespace, metricsPort: endpoint.port }, 'the worker is polling');

    await stopped(signal);
    log.info({ why: String(signal.reason) }, 'stopping');
  } catch (error) {
    // Asked to stop while it still waited for Temporal: that is an orderly end.
    if (!signal.aborted) throw error;
  } finally {
    await closers.close();
  }
  if (fault !== undefined) throw fault;
  log.info('stopped');
}
