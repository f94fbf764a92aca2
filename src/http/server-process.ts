import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { httpAddress } from '../config/http-address.ts';
import { exposureWarning } from '../config/exposed-host.ts';
import { limitSettings, type Settings } from '../config/settings.ts';
import { checkOwnRole } from '../database/own-role.ts';
import { refuseOtherVersion } from '../database/other-version.ts';
import { closeServerDatabases, openServerDatabases } from '../database/server-databases.ts';
import { allowOutgoing } from '../outgoing/allowed.ts';
import { choosePort, listenPatiently } from '../process/ports.ts';
import { createServer } from './create-server.ts';
import { closeGently } from '../process/close-gently.ts';
import { createClosers } from '../process/closers.ts';
import { stopSignal, stopped } from '../process/stop-signal.ts';
import { loadSecretsKeys } from '../access/secrets/load-keys.ts';
import { payloadsOf } from '../access/secrets/payload-codec.ts';
import { requireKeysPatiently } from '../access/secrets/require-keys.ts';
import { loadSingleSignOn } from '../access/single-sign-on/load.ts';
import { readUnknownSkuGauges } from '../aliases/unknown-sku-gauges.ts';
import { readFeedGauges } from '../feed/health/feed-gauges.ts';
import { readGauges } from '../signals/read-gauges.ts';
import { readSweepGauges } from '../sweep/last-sweep.ts';
import { createLogger } from '../telemetry/logger.ts';
import { serveMetrics } from '../telemetry/metrics-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openTracing } from '../telemetry/tracing/open-tracing.ts';

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
    allowOutgoing(settings.OUTGOING_ALLOW);
    const warning = exposureWarning(settings);
    if (warning !== undefined) log.warn({ host }, warning);
    await choosePort({ host, configured: port, name: 'PORT' });
    await choosePort({ host, configured: metricsPort, name: 'METRICS_PORT' });
    const secretsKeys = await loadSecretsKeys({ settings });
    const tooStrong = await checkOwnRole(places.databaseUrl, 'server');
    if (tooStrong !== undefined) log.error(tooStrong);
    const databases = openServerDatabases(places.databaseUrl, () =>
      log.warn('a connection to PostgreSQL does not answer; taking new ones'),
    );
    closers.add(() => closeServerDatabases(databases));
    await refuseOtherVersion(databases.people);
    // Not waited for: /readyz says it too, and a supplier is told to come again.
    requireKeysPatiently(databases.people, secretsKeys, { log, signal }).catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, 'every signed request is refused until this is mended');
    });
    const metrics = createMetrics();
    closers.add(() => metrics.close());
    const tracing = await openTracing(settings, { service: 'catalog-sync-server', log });
    if (tracing) closers.add(() => tracing.close());
    // Here and not in the worker, whose end is one of the things that this has to show.
    metrics.observeGate(() => readGauges(databases.people));
    metrics.observeFeeds(() => readFeedGauges(databases.people));
    metrics.observeUnknownSkus(() => readUnknownSkuGauges(databases.people));
    metrics.observeSweeps(() => readSweepGauges(databases.people));
    const endpoint = await serveMetrics({
      ...{ host, port: metricsPort, metrics, log },
      token: settings.METRICS_TOKEN,
    });
    closers.add(() => endpoint.close());
    const { codec } = payloadsOf(secretsKeys, settings);
    const connection = Connection.lazy(places.connectionOptions);
    closers.add(() => connection.close());
    const app = createServer({
      databases,
      secretsKeys,
      log,
      metrics,
      tracing,
      limits: limitSettings(settings),
      temporal: new Client({
        connection,
        namespace: places.namespace,
        dataConverter: { payloadCodecs: [codec] },
      }),
      temporalUiUrl: places.temporalUiUrl,
      namespace: places.namespace,
      traceUiUrl: settings.TRACE_UI_URL,
      publicUrl: settings.PUBLIC_URL,
      // By the address on which it listens it is asked too;
      allowedHosts: [...(settings.ALLOWED_HOSTS ?? []), new URL(httpAddress(host, port)).hostname],
      sessionIdleSeconds: settings.SESSION_IDLE_MINUTES * 60,
      singleSignOn: loadSingleSignOn(settings),
      certificateHeader: settings.MTLS_HEADER,
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
