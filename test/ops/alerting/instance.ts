import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readUnknownSkuGauges } from '../../../src/aliases/unknown-sku-gauges.ts';
import { readFeedGauges } from '../../../src/feed/health/feed-gauges.ts';
import { readBacklog } from '../../../src/ledger/backlog.ts';
import { readNotifyGauges } from '../../../src/notify/list-channels.ts';
import { readGauges } from '../../../src/signals/read-gauges.ts';
import { readSweepGauges } from '../../../src/sweep/last-sweep.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

/** A process as Prometheus sees it. */
export interface Scraped {
  metrics: Metrics;
  port: number;
  /** Whether it answers. */
  up: boolean;
}

/**
 * What is scraped of a worker and of a server: their own metrics, read from a database of theirs. What they would count of
 * events and calls is counted by whoever plants a cause.
 */
export interface Instance {
  test: TestDatabase;
  worker: Scraped;
  server: Scraped;
  close(): Promise<void>;
}

/** The worker last looked at what people are to be told so long ago, in ms. */
const LAST_ROUND_MS = 400_000;

export async function startInstance(): Promise<Instance> {
  const test = await testDatabase();
  const worker = createMetricsOfBefore(LAST_ROUND_MS);
  worker.observeBacklog(() => readBacklog(test.as('worker')));
  worker.observeNotifications(() => readNotifyGauges(test.as('worker')));
  const server = createMetrics();
  server.observeGate(() => readGauges(test.as('reader')));
  server.observeFeeds(() => readFeedGauges(test.as('reader')));
  server.observeUnknownSkus(() => readUnknownSkuGauges(test.as('reader')));
  server.observeSweeps(() => readSweepGauges(test.as('reader')));
  const scraped = [await serve(worker), await serve(server)] as const;
  return {
    test,
    worker: scraped[0],
    server: scraped[1],
    close: async () => {
      for (const one of scraped) await one.close();
      await test.drop();
    },
  };
}

/** Metrics of a process that was made so long ago. */
function createMetricsOfBefore(milliseconds: number): Metrics {
  const now = performance.now.bind(performance);
  performance.now = () => now() - milliseconds;
  try {
    return createMetrics();
  } finally {
    performance.now = now;
  }
}

async function serve(metrics: Metrics): Promise<Scraped & { close(): Promise<void> }> {
  const server: Server = createServer((_request, response) => {
    if (!one.up) return void response.writeHead(503).end();
    void metrics.scrape().then(({ text }) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const one = {
    metrics,
    port: (server.address() as AddressInfo).port,
    up: true,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await metrics.close();
    },
  };
  return one;
}
