import type { AddressInfo } from 'node:net';
import { Client } from '@temporalio/client';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import {
  createDemoStorefront,
  type DemoStorefront,
} from '../../src/demo-storefront/create-demo-storefront.ts';
import type { GateSettings } from '../../src/gate/settings.ts';
import { createSeal } from '../../src/access/secrets/seal.ts';
import { closeGently } from '../../src/process/close-gently.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Tracing } from '../../src/telemetry/tracing/tracing.ts';
import { runWorker, type RunningWorker, type WorkerOptions } from '../../src/worker/run-worker.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { log, testTemporal } from './temporal.ts';

const SECRET = Buffer.alloc(32, 7);

export interface Product extends TestDatabase {
  client: Client;
  storefront: DemoStorefront;
  storefrontUrl: string;
  startWorker(options?: {
    workflowBundle?: string;
    leaseSeconds?: number;
    window?: number;
    expirySeconds?: number;
    gate?: GateSettings;
    retention?: { days: number; archiveDir?: string };
    feedFolder?: string;
    tracing?: Tracing;
    payloads?: WorkerOptions['payloads'];
    version?: WorkerOptions['version'];
    openSecret?: (sealed: Uint8Array, context: string) => Buffer;
  }): Promise<RunningWorker>;
  stopWorkers(): Promise<void>;
  close(): Promise<void>;
}

/** Database, Temporal namespace, storefront and, when started, workers: the way of an event without the intake. */
export async function testProduct(): Promise<Product> {
  const db = await testDatabase();
  const temporal = await testTemporal();
  const storefront = createDemoStorefront({
    secrets: { '*': SECRET },
    readItem: async ({ itemId }) => {
      const item = await db.database.catalogItem.findUnique({ where: { itemId } });
      return item ? { quantity: item.quantity, version: item.version } : undefined;
    },
  });
  await storefront.listen({ host: '127.0.0.1', port: 0 });
  const storefrontUrl = `http://127.0.0.1:${(storefront.server.address() as AddressInfo).port}`;
  const workers = new Set<RunningWorker>();
  const metrics = createMetrics();
  const stopWorkers = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.stop().catch(() => undefined)));
    workers.clear();
  };
  return {
    ...db,
    client: new Client({ connection: temporal.connection, namespace: temporal.namespace }),
    storefront,
    storefrontUrl,
    startWorker: async ({
      gate,
      retention,
      feedFolder,
      tracing,
      openSecret = () => SECRET,
      ...options
    } = {}) => {
      const worker = await runWorker({
        connection: temporal.connection,
        namespace: temporal.namespace,
        databaseUrl: db.urlOf('worker'),
        dependencies: {
          database: db.as('worker'),
          metrics,
          log,
          seal: createSeal(ringOf(SECRET), 'test'),
          openSecret,
          defaultStorefront: { url: storefrontUrl, secret: SECRET },
          ...(gate && { gate }),
          retention,
          feedFolder,
          tracing,
          pruner: db.as('pruner'),
        },
        ...options,
      });
      workers.add(worker);
      return worker;
    },
    stopWorkers,
    close: async () => {
      await stopWorkers();
      await closeGently(storefront);
      await temporal.close();
      await metrics.close();
      await db.drop();
    },
  };
}
