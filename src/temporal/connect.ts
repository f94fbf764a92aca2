import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/logger.ts';

/** The task queue of workflows and of the activities that do not wait for a storefront. */
export const TASK_QUEUE = 'catalog-sync';

/** Where Temporal is: from the `TEMPORAL_*` variables and profile, as the SDK's own configuration reads them. */
export function temporalConfig() {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return { connectionOptions: { address: '127.0.0.1:7233', ...connectionOptions }, namespace: namespace ?? 'default' };
}

/** Connects, and goes on trying while the server is away. Ends with the signal. */
export async function connectPatiently(log: Logger, signal: AbortSignal): Promise<NativeConnection> {
  const { connectionOptions } = temporalConfig();
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await NativeConnection.connect(connectionOptions);
    } catch (error) {
      log.warn({ error, address: connectionOptions.address }, 'Temporal cannot be reached; trying again');
      await sleep(Math.min(5_000, 250 * 2 ** attempt), undefined, { signal });
    }
  }
}
