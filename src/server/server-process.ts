import type { Settings } from '../config/settings.ts';
import { openDatabase } from '../database/client.ts';
import { createServer } from '../http/create-server.ts';
import { stopSignal, stopped } from '../process/stop-signal.ts';
import { loadSecretsKey } from '../secrets/key.ts';
import { createLogger } from '../telemetry/logger.ts';
import { serveMetrics } from '../telemetry/metrics-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';

/** The HTTP API as a process of its own: until SIGTERM or Ctrl-C, then it lets requests under way end. */
export async function runServerProcess(
  settings: Settings,
  places: { databaseUrl: string; temporalUiUrl: string; namespace: string },
): Promise<void> {
  const { signal } = stopSignal();
  const log = createLogger({ level: settings.LOG_LEVEL, name: 'server' });
  const secretsKey = await loadSecretsKey({ settings });
  const database = openDatabase(places.databaseUrl, { connections: 20, statementTimeoutMs: 10_000 });
  const metrics = createMetrics();
  const app = createServer({
    database,
    secretsKey,
    log,
    metrics,
    temporalUiUrl: places.temporalUiUrl,
    namespace: places.namespace,
    ...(settings.STOREFRONT_URL !== undefined && { defaultStorefrontUrl: settings.STOREFRONT_URL }),
  });
  await app.listen({ host: settings.HOST, port: settings.PORT });
  const endpoint = await serveMetrics({ host: settings.HOST, port: settings.METRICS_PORT, metrics, log });
  log.info({ port: settings.PORT, metricsPort: endpoint.port }, 'the server is listening');
  await stopped(signal);
  log.info({ why: String(signal.reason) }, 'stopping');
  await app.close();
  await endpoint.close();
  await metrics.close();
  await database.$disconnect();
  log.info('stopped');
}
