import { randomUUID } from 'node:crypto';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { auditFailedSignIns } from '../access/failed-sign-ins.ts';
import { parseBodies } from './body-parsing.ts';
import { answerClientError } from './client-errors.ts';
import { serveConsole } from './console/serve-console.ts';
import type { ServerDependencies } from './dependencies.ts';
import { handleError } from './error-handler.ts';
import { describeApi } from './openapi.ts';
import { logRequests } from './request-log.ts';
import { requireAccess } from './require-access.ts';
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
import { registerListAudit } from './routes/list-audit.ts';
import { registerListEvents } from './routes/list-events.ts';
import { registerListReplays } from './routes/list-replays.ts';
import { registerListSweeps } from './routes/list-sweeps.ts';
import { registerListTenants } from './routes/list-tenants.ts';
import { registerPredictReplay } from './routes/predict-replay.ts';
import { registerReceiveEvents } from './routes/receive-events.ts';
import { registerSearch } from './routes/search.ts';
import { registerSession } from './routes/session.ts';
import { registerStartReplay } from './routes/start-replay.ts';
import { registerStartSweep } from './routes/start-sweep.ts';
import { useSchemas } from './schema-compilers.ts';
import { addSecurityHeaders } from './security-headers.ts';

/** No body may be larger. */
const BODY_BYTES = 1_048_576;

/** 256 bytes of a SKU, each percent-encoded as three characters, and room. */
const LONGEST_PARAMETER = 1024;

/** From the first byte to the last of a request, in ms. */
const REQUEST_TIMEOUT = 30_000;

/** A socket on which nothing moves is closed, in ms; longer than any query may take. */
const IDLE_TIMEOUT = 60_000;

/**
 * The HTTP API, not yet listening: `listen` it, or `inject` requests in a test.
 *
 * Routes are added in the list at the end, one file each.
 */
export function createServer(dependencies: ServerDependencies): FastifyInstance {
  const app: FastifyInstance = Fastify({
    loggerInstance: dependencies.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT,
    connectionTimeout: IDLE_TIMEOUT,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // Fastify's own 503 while it closes is no problem document, and the request can still be served.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: handleError,
  });
  app.setErrorHandler(handleError);

  logRequests(app);
  addSecurityHeaders(app);
  const onRefused = auditFailedSignIns(dependencies.database, (error) =>
    app.log.warn({ error }, 'a refused sign-in could not be written into the audit list'),
  );
  requireAccess(app, dependencies.database, onRefused);
  parseBodies(app);
  useSchemas(app);
  describeApi(app);
  serveConsole(app, dependencies.consoleFolder);

  // In a plugin, so that the description is there when the routes register.
  app.register(async (routes) => {
    registerGetHealth(routes);
    registerGetReadiness(routes, dependencies);
    registerGetOpenapi(routes);
    registerSession(routes, dependencies, onRefused);
    registerReceiveEvents(routes, dependencies);
    registerGetItem(routes, dependencies);
    registerGetTrace(routes, dependencies);
    registerStartReplay(routes, dependencies);
    registerPredictReplay(routes, dependencies);
    registerListReplays(routes, dependencies);
    registerGetReplay(routes, dependencies);
    registerStartSweep(routes, dependencies);
    registerListSweeps(routes, dependencies);
    registerGetSweep(routes, dependencies);
    registerListTenants(routes, dependencies);
    registerSearch(routes, dependencies);
    registerListEvents(routes, dependencies);
    registerGetFailureModes(routes, dependencies);
    registerListAudit(routes, dependencies);
    registerGetGate(routes, dependencies);
    registerCommandGate(routes, dependencies);
  });
  return app;
}
