import type { Settings } from '../config/settings.ts';
import { choosePort } from '../process/ports.ts';

const LISTENERS = ['PORT', 'STOREFRONT_PORT', 'METRICS_PORT'] as const;

/** The ports of our own programs; the worker's metrics are beside the server's, on the next one if it is free. */
export interface ChosenPorts {
  api: number;
  storefront: number;
  serverMetrics: number;
  workerMetrics: number;
}

/**
 * A port that was set is taken or an error; a default one that is in use is replaced by a free one.
 *
 * @throws PortTakenError
 */
export async function choosePorts(settings: Settings): Promise<ChosenPorts> {
  const host = settings.HOST;
  const [api, storefront, serverMetrics] = await Promise.all(
    LISTENERS.map((name) =>
      choosePort(
        settings.given.has(name) && settings[name] !== 0
          ? { name, host, configured: settings[name] }
          : { name, host, preferred: settings[name] },
      ),
    ),
  );
  if (api === undefined || storefront === undefined || serverMetrics === undefined)
    throw new Error('no port');
  // The others are chosen, and nobody listens there yet.
  const beside = [1, 2, 3]
    .map((more) => serverMetrics + more)
    .find((port) => ![api, storefront].includes(port));
  const workerMetrics = await choosePort({ name: 'METRICS_PORT', host, preferred: beside });
  return { api, storefront, serverMetrics, workerMetrics };
}
