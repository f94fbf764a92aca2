import { randomUUID } from 'node:crypto';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { auditFailedSignIns } from '../access/failed-sign-ins.ts';
import { parseBodies } from './body-parsing.ts';
import { addressesIn } from '../config/address-ranges.ts';
import { withoutMapping } from '../process/address-key.ts';
import { holdConnections, PATIENCE } from '../process/hold-connections.ts';
import { answerClientError, refuseConnection } from './client-errors.ts';
import { openStreams } from './change-streams/open-streams.ts';
import { coarsenReasons } from './coarse-reasons.ts';
import { serveConsole } from './console/serve-console.ts';
import type { ServerDependencies } from './dependencies.ts';
import { handleError } from './error-handler.ts';
import { guardAddresses } from './limits/guard-addresses.ts';
import { limitReads } from './limits/limit-reads.ts';
import { DEFAULT_LIMITS } from './limits/limits.ts';
import { limitBodies } from './limits/read-body.ts';
import { describeApi } from './openapi.ts';
import { holdHosts } from './known-host.ts';
import { refuseRepeatedHeaders } from './repeated-headers.ts';
import { logRequests } from './request-log.ts';
import { requireAccess } from './require-access.ts';
import { registerDecodePayloads } from './routes/decode-payloads.ts';
import { registerAliases } from './routes/aliases.ts';
import { registerDecideFeedRun } from './routes/decide-feed-run.ts';
import { registerFeedRuns } from './routes/feed-runs.ts';
import { registerFeeds } from './routes/feeds.ts';
import { registerGetFailureModes } from './routes/get-failure-modes.ts';
import { registerCommandGate } from './routes/command-gate.ts';
import { registerGetGate } from './routes/get-gate.ts';
import { registerGetHealth } from './routes/get-health.ts';
import { registerGetItem } from './routes/get-item.ts';
import { registerGetOpenapi } from './routes/get-openapi.ts';
import { registerGetReadiness } from './routes/get-readiness.ts';
import { registerGetReplay } from './routes/get-replay.ts';
import { registerGetSweep } from './routes/get-sweep.ts';
import { registerGetTrace } from './routes/get-trace.ts';
import { registerListStorefronts } from './routes/list-storefronts.ts';
import { registerGetTenant } from './routes/get-tenant.ts';
import { registerListAudit } from './routes/list-audit.ts';
import { registerListChanges } from './routes/list-changes.ts';
import { registerListEvents } from './routes/list-events.ts';
import { registerListItems } from './routes/list-items.ts';
import { registerListRefused } from './routes/list-refused.ts';
import { registerListReplays } from './routes/list-replays.ts';
import { registerListSweeps } from './routes/list-sweeps.ts';
import { registerListTenants } from './routes/list-tenants.ts';
import { registerManualFixes } from './routes/manual-fixes.ts';
import { registerOwnEvents } from './routes/own-events.ts';
import { registerPredictReplay } from './routes/predict-replay.ts';
import { registerReceiveFile } from './routes/receive-file.ts';
import { registerPreviewFeed } from './routes/preview-feed.ts';
import { registerReceiveEvents } from './routes/receive-events.ts';
import { registerReceiveMappedEvents } from './routes/receive-mapped-events.ts';
import { registerSearch } from './routes/search.ts';
import { registerSession } from './routes/session.ts';
import { registerSessions } from './routes/sessions.ts';
import { registerSingleSignOn } from './routes/single-sign-on.ts';
import { registerStartReplay } from './routes/start-replay.ts';
import { registerStartSweep } from './routes/start-sweep.ts';
import { useSchemas } from './schema-compilers.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { createSupplierDoor } from './signed-delivery.ts';
import { tellUnknownPaths } from './unknown-paths.ts';

/** No body may be larger. */
const BODY_BYTES = 1_048_576;

/** 256 bytes of a SKU, each percent-encoded as three characters, and room. */
const LONGEST_PARAMETER = 1024;

/** A socket on which nothing moves is closed, in ms; longer than any query may take. */
const IDLE_TIMEOUT = 60_000;

/**
 * The HTTP API, not yet listening: `listen` it, or `inject` requests in a test.
 *
 * Routes are added in the list at the end, one file each.
 */
export function createServer(dependencies: ServerDependencies): FastifyInstance {
  const limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
  const isTrusted = addressesIn(limits.trustedProxies);
  const isProxy = (address: string): boolean => isTrusted(withoutMapping(address));
  const app: FastifyInstance = Fastify({
    http: {
      ...PATIENCE,
      headersTimeout: Math.min(limits.headerSeconds, limits.requestSeconds) * 1_000,
      requestTimeout: limits.requestSeconds * 1_000,
    },
    loggerInstance: dependencies.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES,
    requestTimeout: limits.requestSeconds * 1_000,
    connectionTimeout: IDLE_TIMEOUT,
    routerOptions: { maxParamLength: LONGEST_PARAMETER, ignoreTrailingSlash: true },
    trustProxy: isProxy,
    // Fastify's own 503 while it closes is no problem document, and the request can still be served.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: handleError,
  });
  app.setErrorHandler(handleError);
  holdConnections(app.server, {
    connections: limits.connections,
    perAddress: limits.connectionsPerAddress,
    isProxy,
    refuse: refuseConnection,
  });

  logRequests(app);
  const { databases, publicUrl } = dependencies;
  const onRefused = auditFailedSignIns(databases.people, (error) =>
    app.log.warn({ error }, 'a refused sign-in could not be written into the audit list'),
  );
  addSecurityHeaders(app, publicUrl);
  refuseRepeatedHeaders(app);
  holdHosts(app, dependencies);
  guardAddresses(app, limits);
  limitBodies(app, { bytes: BODY_BYTES, bytesInFlight: limits.bodyBytesInFlight });
  limitReads(app, limits);
  tellUnknownPaths(app);
  requireAccess(app, dependencies, onRefused);
  coarsenReasons(app);
  parseBodies(app);
  useSchemas(app);
  describeApi(app, dependencies.publicUrl);
  serveConsole(app, dependencies.consoleFolder);
  const door = createSupplierDoor(app, dependencies);
  const openStream = openStreams(app, databases.reads, limits);

  // In a plugin, so that the description is there when the routes register.
  app.register(async (routes) => {
    registerGetHealth(routes);
    registerGetReadiness(routes, dependencies);
    registerGetOpenapi(routes);
    registerSession(routes, dependencies, onRefused);
    registerSessions(routes, dependencies);
    registerSingleSignOn(routes, dependencies, onRefused);
    registerReceiveEvents(routes, dependencies, door);
    registerReceiveMappedEvents(routes, dependencies, door);
    registerOwnEvents(routes);
    registerListRefused(routes);
    registerGetItem(routes);
    registerListItems(routes);
    registerListChanges(routes, openStream);
    registerGetTrace(routes, dependencies);
    registerManualFixes(routes);
    registerStartReplay(routes);
    registerPredictReplay(routes);
    registerListReplays(routes);
    registerGetReplay(routes);
    registerStartSweep(routes);
    registerListSweeps(routes);
    registerGetSweep(routes);
    registerFeeds(routes, dependencies);
    registerFeedRuns(routes);
    registerDecideFeedRun(routes);
    registerAliases(routes);
    registerReceiveFile(routes, dependencies, door);
    registerPreviewFeed(routes);
    registerListTenants(routes);
    registerGetTenant(routes);
    registerListStorefronts(routes);
    registerSearch(routes);
    registerListEvents(routes, dependencies);
    registerGetFailureModes(routes, dependencies);
    registerListAudit(routes);
    registerGetGate(routes);
    registerCommandGate(routes, dependencies);
    registerDecodePayloads(routes, dependencies);
  });
  return app;
}
