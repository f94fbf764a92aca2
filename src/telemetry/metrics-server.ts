import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { bearerTokenOf } from '../process/bearer-token.ts';
import { holdConnections, PATIENCE } from '../process/hold-connections.ts';
import { instanceHeader } from '../process/instance.ts';
import { listenPatiently } from '../process/ports.ts';
import { joinExpositions } from './join-expositions.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  metrics: Pick<Metrics, 'scrape'>;
  /** Whoever reads the metrics has to send it as a bearer token; undefined: whoever gets here may. */
  token?: string | undefined;
  /** Where Temporal's SDK serves its own metrics, e.g. `127.0.0.1:9465`. */
  temporalMetricsAddress?: string | undefined;
  /** Why the process does not do its work; undefined while it does. Without it, being there is being ready. */
  notReady?: () => string | undefined;
  log: Logger;
}

export interface MetricsServer {
  port: number;
  close(): Promise<void>;
}

/** Who scrapes needs one. */
const CONNECTIONS = { connections: 100, perAddress: 50 };

/** Well below the 10 s after which Prometheus gives a scrape up. */
const TEMPORAL_TIMEOUT_MILLIS = 2_000;

/**
 * Serves `GET /metrics`: our metrics, then those of Temporal's SDK. What cannot be read is left out; a comment
 * says so, the log says why, and the rest still answers. `GET /readyz` says whether the process does its work; it needs
 * no token.
 */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, log } = options;
  const server = createServer(PATIENCE, (request, response) => {
    const address = request.method === 'GET' ? request.url?.split('?', 1)[0] : undefined;
    if (address === '/readyz') {
      const why = options.notReady?.();
      if (why === undefined) send(response, 200, 'ready\n', instanceHeader());
      else send(response, 503, `not ready: ${why}\n`);
      return;
    }
    if (address !== '/metrics') {
      send(response, 404, 'Not found: GET /metrics, GET /readyz\n');
      return;
    }
    if (options.token !== undefined && !hasToken(request.headers.authorization, options.token)) {
      response.setHeader('www-authenticate', 'Bearer');
      send(response, 401, 'Unauthorized: send METRICS_TOKEN as a bearer token\n');
      return;
    }
    exposition(options).then(
      (text) => send(response, 200, text),
      (err: unknown) => {
        log.error({ err }, 'cannot answer a scrape');
        send(response, 500, 'Internal error\n');
      },
    );
  });
  holdConnections(server, CONNECTIONS);
  await listenPatiently({ host, port }, () => listen(server, host, port));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('metrics server: no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function exposition({ metrics, temporalMetricsAddress, log }: MetricsServerOptions): Promise<string> {
  const [own, temporal] = await Promise.all([
    metrics.scrape(),
    temporalMetricsAddress === undefined ? '' : temporalText(temporalMetricsAddress, log),
  ]);
  for (const err of own.errors)
    log.warn({ err }, 'a metric could not be read and is left out of this scrape');
  const missing = own.errors.map(() => '# left out: a metric that could not be read');
  return joinExpositions([own.text.trimEnd(), ...missing].join('\n'), temporal);
}

async function temporalText(address: string, log: Logger): Promise<string> {
  try {
    const answer = await fetch(`http://${address}/metrics`, {
      signal: AbortSignal.timeout(TEMPORAL_TIMEOUT_MILLIS),
    });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return await answer.text();
  } catch (err) {
    log.warn({ err }, 'the metrics of the Temporal SDK cannot be read');
    return '# left out: the metrics of the Temporal SDK';
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Of digests, which have one length: how long it takes tells nothing of the token. */
function hasToken(authorization: string | undefined, token: string): boolean {
  const given = bearerTokenOf(authorization) ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const type = status === 200 ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain; charset=utf-8';
  response.writeHead(status, { ...headers, 'content-type': type }).end(text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
