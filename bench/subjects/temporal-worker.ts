import { NativeConnection, Runtime, DefaultLogger, Worker, type WorkerOptions } from '@temporalio/worker';
import { temporalMetricsOptions } from '../../src/telemetry/temporal-metrics.ts';
import { MAIN_WORKER } from '../../src/worker/worker-options.ts';
import { setting } from './serve.ts';

/** A worker with the product's own settings, metrics among them, on a namespace and a queue of its own. */
export async function startWorker(
  options: Pick<WorkerOptions, 'activities' | 'sinks'>,
): Promise<{ connection: NativeConnection; namespace: string; taskQueue: string; stop(): Promise<void> }> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { metrics: temporalMetricsOptions('127.0.0.1:0') },
  });
  const connection = await NativeConnection.connect({ address: setting('TEMPORAL_ADDRESS') });
  const namespace = setting('NAMESPACE');
  const taskQueue = 'bench';
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: { codePath: setting('WORKFLOW_BUNDLE') },
    ...MAIN_WORKER,
    ...options,
  });
  const running = worker.run();
  return {
    connection,
    namespace,
    taskQueue,
    stop: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
