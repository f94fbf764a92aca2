import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What the HTTP API stands on. */
export interface ServerDependencies {
  database: Database;
  /** Opens the suppliers' signing secrets; see src/secrets. */
  secretsKey: Buffer;
  log: FastifyBaseLogger;
  metrics?: Pick<Metrics, 'eventsReceived'>;
  /** The machine's clock unless given. */
  now?: () => Micros;
  /** For the commands of the launch gate; connects when it is first used. */
  temporal?: Client;
  /** Where people reach the Temporal Web UI, for links in traces. */
  temporalUiUrl?: string;
  /** Temporal's, for the same links. */
  namespace?: string;
  /** What traces read back from when a tenant has no storefront of its own. */
  defaultStorefrontUrl?: string | undefined;
}
