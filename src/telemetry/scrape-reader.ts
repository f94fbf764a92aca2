import { AggregationTemporality, InstrumentType, MetricReader } from '@opentelemetry/sdk-metrics';

/**
 * Each metric holds at most so many series; what comes beyond is counted together, in one series with
 * `otel_metric_overflow="true"`. A supplier takes about five series of the metric that has most, so that this is
 * room for some 400 suppliers.
 */
export const SERIES_LIMIT = 2_000;

/** Reads the metrics when Prometheus asks, instead of on a clock. */
export class ScrapeReader extends MetricReader {
  constructor() {
    super({
      // A cumulative gauge would show its last value for ever after its tenant is gone or its read fails.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE
          ? AggregationTemporality.DELTA
          : AggregationTemporality.CUMULATIVE,
      cardinalitySelector: () => SERIES_LIMIT,
    });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
