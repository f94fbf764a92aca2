import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Logger } from '../telemetry/logger.ts';
import { whyUnreachable } from './why-unreachable.ts';

/** The task queue of workflows and of the activities that do not wait for a storefront. */
export const TASK_QUEUE = 'catalog-sync';

const LONGEST_PAUSE_MS = 5_000;

/** Connects, and goes on trying while the server is away. Ends with the signal, by throwing its reason. */
export async function connectPatiently(
  options: Pick<ConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'>,
  log: Logger,
  signal: AbortSignal,
): Promise<NativeConnection> {
  for (let pause = 250; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    signal.throwIfAborted();
    try {
      const { address, tls, apiKey, metadata } = options;
      return await NativeConnection.connect({
        // A message is 2 kB: packing and unpacking it costs more than the network between a worker and its Temporal.
        grpcCompression: { codec: 'none' },
        ...(address !== undefined && { address }),
        ...(tls !== undefined && { tls }),
        ...(apiKey !== undefined && { apiKey: typeof apiKey === 'function' ? apiKey() : apiKey }),
        ...(metadata !== undefined && { metadata }),
      });
    } catch (error) {
      log.warn({ error, address: options.address }, `${await whyUnreachable(error, options)} Trying again.`);
      await sleep(pause, undefined, { signal });
    }
  }
}

/** Temporal cannot be reached; the message says what to do. */
export class TemporalUnreachableError extends Error {
  override name = 'TemporalUnreachableError';
}

/** A connection for a client's calls. @throws TemporalUnreachableError */
export async function connectClient(options: ConnectionOptions): Promise<Connection> {
  try {
    return await Connection.connect(options);
  } catch (error) {
    throw new TemporalUnreachableError(await whyUnreachable(error, options), { cause: error });
  }
}
