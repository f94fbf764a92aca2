import { Runtime } from '@temporalio/worker';
import { freePort, loopback } from '../process/ports.ts';
import { temporalLogger, type Logger } from '../telemetry/logger.ts';
import { temporalMetricsOptions } from '../telemetry/temporal-metrics.ts';

const ATTEMPTS = 5;

/**
 * Sets Temporal's SDK up for this process. It serves its metrics itself, on a port that it cannot choose: when somebody
 * is quicker, it is given another.
 *
 * @returns where its metrics are, host:port
 */
export async function installRuntime(log: Logger): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const address = `${loopback}:${await freePort()}`;
    try {
      Runtime.install({
        logger: temporalLogger(log),
        telemetryOptions: { metrics: temporalMetricsOptions(address) },
        // This process has its own signal handling, which stops the starter first.
        shutdownSignals: [],
      });
      return address;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      log.warn({ error, address }, "Temporal's SDK cannot serve its metrics there; trying another port");
    }
  }
}
