import type { RuntimeOptions } from '@temporalio/worker';

type MetricsOptions = NonNullable<NonNullable<RuntimeOptions['telemetryOptions']>['metrics']>;

/**
 * For `Runtime.install({ telemetryOptions: { metrics } })`: Temporal's SDK then serves its own metrics, named as
 * Prometheus expects, which needs all three switches.
 *
 * @param bindAddress host and port; a loopback address, since `serveMetrics` is what the outside asks
 */
export function temporalMetricsOptions(bindAddress: string): MetricsOptions {
  return {
    prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
  };
}
