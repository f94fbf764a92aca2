import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { httpAddress } from '../config/http-address.ts';
import type { SingleSignOn } from '../config/single-sign-on.ts';
import { TEMPORAL_UI_PORT } from '../config/usual-ports.ts';
import type { ServerDatabases } from '../database/server-databases.ts';
import type { Micros } from '../domain/time.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing/tracing.ts';
import type { WebUi } from '../temporal/workflow-url.ts';
import type { ServerLimits } from './limits/limits.ts';

/** What the HTTP API stands on. */
export interface ServerDependencies {
  databases: ServerDatabases;
  /** Opens the suppliers' signing secrets; see src/access/secrets. */
  secretsKeys: KeyRing;
  log: FastifyBaseLogger;
  metrics?: Pick<Metrics, 'eventsReceived'>;
  /** Undefined: no spans are made. */
  tracing?: Tracing | undefined;
  /** The machine's clock unless given. */
  now?: () => Micros;
  /** For the commands of the launch gate; connects when it is first used. */
  temporal?: Client;
  /** In place of the usual ones. */
  limits?: Partial<ServerLimits>;
  /** Where people reach the Temporal Web UI, for links in traces. */
  temporalUiUrl?: string;
  /** Temporal's, for the same links. */
  namespace?: string;
  /** Where people reach the traces of spans, with `{traceId}` in it. */
  traceUiUrl?: string | undefined;
  /** What traces read back from when a tenant has no storefront of its own. */
  defaultStorefrontUrl?: string | undefined;
  /** Where the built console is; the project's own unless given. */
  consoleFolder?: string;
  /** Where people reach the console, as an origin. */
  publicUrl?: string | undefined;
  /** Further names under which programs may ask; see known-host.ts. */
  allowedHosts?: readonly string[];
  /** How long a session lasts without a request. */
  sessionIdleSeconds?: number;
  /** In which a trusted proxy tells of a client's certificate, in lower case; undefined: none is believed. */
  certificateHeader?: string | undefined;
  /** Undefined: nobody signs in so. */
  singleSignOn?: SingleSignOn | undefined;
}

/** Where the Web UI is, for links to workflows. */
export function webUiOf({ temporalUiUrl, namespace, traceUiUrl }: ServerDependencies): WebUi {
  return {
    temporalUiUrl: (temporalUiUrl ?? httpAddress('127.0.0.1', TEMPORAL_UI_PORT)).replace(/\/+$/, ''),
    namespace: namespace ?? 'default',
    traceUiUrl,
  };
}
