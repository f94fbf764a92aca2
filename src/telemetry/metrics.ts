import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { VERDICTS } from '../domain/signals.ts';
import { ATTEMPTED, DECIDED, RECEIVED, TRIED } from './from-the-start.ts';
import type {
  Backlog,
  GateGauges,
  SweepGauges,
  FeedGauges,
  UnknownSkuGauges,
  NotifyGauges,
  KnownSupplier,
} from './gauges.ts';
import type { EventDecided, EventPublished, EventsReceived, PublishAttempted } from './measured.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { ScrapeReader } from './scrape-reader.ts';

export interface Scrape {
  /** Prometheus text */
  text: string;
  /** what could not be read; its series are left out of the text */
  errors: unknown[];
}

export interface Metrics {
  eventDecided(event: EventDecided): void;
  eventPublished(event: EventPublished): void;
  publishAttempt(attempt: PublishAttempted): void;
  /** A version was not told, since something newer of its item is due. */
  publishPostponed(of: { tenant: string }): void;
  eventsReceived(events: EventsReceived): void;
  notificationTried(tried: { channel: string; result: 'sent' | 'failed' }): void;
  notificationRoundDone(): void;
  /** Calls `read` at each scrape, never twice at once. A read that fails or is late leaves out its gauges only. */
  observeBacklog(read: () => Promise<Backlog[]>): void;
  /** Has the counters of these at 0 from the start, those of intake or those of the worker; read in the same way. */
  observeSuppliers(whose: 'intake' | 'worker', read: () => Promise<KnownSupplier[]>): void;
  /** The same for the launch gate's last samples. */
  observeGate(read: () => Promise<GateGauges[]>): void;
  /** The same for sweeps. */
  observeSweeps(read: () => Promise<SweepGauges[]>): void;
  /** The same for feeds. */
  observeFeeds(read: () => Promise<FeedGauges[]>): void;
  /** The same for codes that nobody knows. */
  observeUnknownSkus(read: () => Promise<UnknownSkuGauges[]>): void;
  /** The same for what people are to be told. */
  observeNotifications(read: () => Promise<NotifyGauges[]>): void;
  /** @param timeoutMillis how long a scrape waits for the backlog */
  scrape(timeoutMillis?: number): Promise<Scrape>;
  close(): Promise<void>;
}

/** A hundredth of a second to an hour, with a bound at the launch gate's target of 90 s. */
const LAG_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90, 120, 300, 600, 1800, 3600];

const LATENCY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const BACKLOG_TIMEOUT_MILLIS = 2_000;

/** The metrics of one process, under the names that dashboards, alerts and `docs/` use. */
export function createMetrics(): Metrics {
  const reader = new ScrapeReader();
  const provider = new MeterProvider({ readers: [reader] });
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  const meter = provider.getMeter('catalog-sync');

  const lag = { advice: { explicitBucketBoundaries: LAG_SECONDS } };
  const events = meter.createCounter('catalog_sync_events_total', {
    description: 'Events decided, by outcome and failure mode.',
  });
  const received = meter.createCounter('catalog_sync_events_received_total', {
    description: 'Events answered by intake, by status.',
  });
  const decidedLag = meter.createHistogram('catalog_sync_decided_lag_seconds', {
    description: 'From received to decided.',
    ...lag,
  });
  const publishedLag = meter.createHistogram('catalog_sync_published_lag_seconds', {
    description: 'From received to accepted by the storefront.',
    ...lag,
  });
  const attempts = meter.createCounter('catalog_sync_publish_attempts_total', {
    description: 'Calls to storefronts, by result.',
  });
  const postponed = meter.createCounter('catalog_sync_publishes_postponed_total', {
    description: 'Versions that were not told at once, since something newer of their item was due.',
  });
  const latency = meter.createHistogram('catalog_sync_publish_latency_seconds', {
    description: 'How long a storefront took to answer.',
    advice: { explicitBucketBoundaries: LATENCY_SECONDS },
  });
  const oldestPending = meter.createObservableGauge('catalog_sync_oldest_pending_event_seconds', {
    description: 'Age of the oldest undecided event; 0 when there is none.',
  });
  const backlog = meter.createObservableGauge('catalog_sync_starter_backlog', {
    description: 'Events whose workflow is not started yet.',
  });

  const sampleAge = meter.createObservableGauge('catalog_sync_gate_sample_age_seconds', {
    description: "Since the launch gate's last sample of a tenant that is not closed.",
  });
  const tenantState = meter.createObservableGauge('catalog_sync_tenant_state', {
    description: '1 for the state that a tenant is in, canary or open.',
  });
  const signalValue = meter.createObservableGauge('catalog_sync_signal_value', {
    description: "The last sample of a launch gate's signal: a fraction of 1, or seconds.",
  });
  const signalVerdict = meter.createObservableGauge('catalog_sync_signal_verdict', {
    description: '1 for the last verdict of a signal, 0 for the others; inconclusive when the sample is old.',
  });
  const shownWrong = meter.createObservableGauge('catalog_sync_items_shown_wrong', {
    description: 'Items that the storefront was last seen to show wrong: old, or nothing that it was told.',
  });

  const sweepDrift = meter.createObservableGauge('catalog_sync_sweep_drift_items', {
    description:
      'Items that the last completed sweep found shown otherwise than the ledger says, and did not mend.',
  });
  const sweepAge = meter.createObservableGauge('catalog_sync_sweep_age_seconds', {
    description: "Since a tenant's last completed sweep, or since it was opened.",
  });

  const feedsFailing = meter.createObservableGauge('catalog_sync_feeds_failing', {
    description:
      'Feeds of a supplier that are held, could not be fetched or read, or have a silent supplier.',
  });
  const unknownSkus = meter.createObservableGauge('catalog_sync_unknown_sku_events', {
    description: 'Events of a supplier that wait for an alias of their code.',
  });
  const notifications = meter.createCounter('catalog_sync_notifications_total', {
    description: 'Tries to send a notification, by channel and result.',
  });
  const notificationRoundAge = meter.createObservableGauge('catalog_sync_notification_round_age_seconds', {
    description: 'Since this worker last looked at what is to be told, or started; none without a channel.',
  });
  let lastRoundMillis = performance.now();
  const notificationWaits = meter.createObservableGauge('catalog_sync_notification_waiting_seconds', {
    description: 'Age of the oldest notification that is not sent, or was given up and none was sent since.',
  });

  let scraping: Promise<Scrape> | undefined;

  async function collect(timeoutMillis: number): Promise<Scrape> {
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis });
    return { text: serializer.serialize(resourceMetrics), errors };
  }

  return {
    eventDecided({ tenant, supplier, outcome, failureMode = 'none', decidedLagSeconds }) {
      events.add(1, { tenant, supplier, outcome, failure_mode: failureMode });
      if (decidedLagSeconds !== undefined) {
        decidedLag.record(notNegative(decidedLagSeconds), { tenant, supplier });
      }
    },
    eventPublished({ tenant, supplier, publishedLagSeconds }) {
      publishedLag.record(notNegative(publishedLagSeconds), { tenant, supplier });
    },
    publishAttempt({ tenant, supplier, storefront = 'shop', result, latencySeconds }) {
      attempts.add(1, { tenant, supplier, storefront, result });
      latency.record(notNegative(latencySeconds), { tenant, supplier, storefront });
    },
    publishPostponed({ tenant }) {
      postponed.add(1, { tenant });
    },
    eventsReceived({ tenant, supplier, status, count }) {
      received.add(count, { tenant, supplier, status });
    },
    notificationTried({ channel, result }) {
      notifications.add(1, { channel, result });
    },
    notificationRoundDone() {
      lastRoundMillis = performance.now();
    },
    observeBacklog(read) {
      const readOnce = oneAtATime(read);
      meter.addBatchObservableCallback(
        async (result) => {
          for (const row of await readOnce()) {
            result.observe(backlog, row.backlog, { tenant: row.tenant });
            result.observe(oldestPending, row.oldestPendingSeconds, { tenant: row.tenant });
          }
        },
        [backlog, oldestPending],
      );
    },
    observeSuppliers(whose, read) {
      const readOnce = oneAtATime(read);
      // What callbacks count is collected with what they observe. Each has to be of a gauge: this one tells nothing of it.
      meter.addBatchObservableCallback(async () => {
        for (const { tenant, supplier, storefront } of await readOnce()) {
          const of = { tenant, supplier };
          if (whose === 'intake') for (const status of RECEIVED) received.add(0, { ...of, status });
          else {
            for (const decided of DECIDED) events.add(0, { ...of, ...decided });
            for (const result of ATTEMPTED) attempts.add(0, { ...of, storefront, result });
            postponed.add(0, { tenant });
          }
        }
      }, [backlog]);
    },
    observeGate(read) {
      const readOnce = oneAtATime(read);
      meter.addBatchObservableCallback(
        async (result) => {
          for (const { tenant, state, ...row } of await readOnce()) {
            result.observe(sampleAge, notNegative(row.sampleAgeSeconds), { tenant });
            result.observe(tenantState, 1, { tenant, state });
            for (const [mode, items] of Object.entries(row.shownWrong)) {
              result.observe(shownWrong, items, { tenant, failure_mode: mode });
            }
            for (const { signal, owner, verdict, value } of row.signals) {
              // Without data there is no value; 0 would look good.
              if (value !== null) result.observe(signalValue, value, { tenant, signal });
              for (const one of VERDICTS) {
                const labels = { tenant, signal, owner, verdict: one };
                result.observe(signalVerdict, one === verdict ? 1 : 0, labels);
              }
            }
          }
        },
        [sampleAge, tenantState, shownWrong, signalValue, signalVerdict],
      );
    },
    observeSweeps(read) {
      const readOnce = oneAtATime(read);
      meter.addBatchObservableCallback(
        async (result) => {
          for (const { tenant, ageSeconds, drift } of await readOnce()) {
            result.observe(sweepAge, notNegative(ageSeconds), { tenant });
            for (const [kind, items] of Object.entries(drift ?? {})) {
              result.observe(sweepDrift, items, { tenant, kind });
            }
          }
        },
        [sweepDrift, sweepAge],
      );
    },
    observeFeeds(read) {
      const readOnce = oneAtATime(read);
      feedsFailing.addCallback(async (result) => {
        for (const { tenant, supplier, failing } of await readOnce()) {
          for (const [mode, feeds] of Object.entries(failing)) {
            result.observe(feeds, { tenant, supplier, failure_mode: mode });
          }
        }
      });
    },
    observeUnknownSkus(read) {
      const readOnce = oneAtATime(read);
      unknownSkus.addCallback(async (result) => {
        for (const { tenant, supplier, events: waiting } of await readOnce()) {
          result.observe(waiting, { tenant, supplier });
        }
      });
    },
    observeNotifications(read) {
      const readOnce = oneAtATime(read);
      notificationWaits.addCallback(async (result) => {
        for (const { channel, waitingSeconds } of await readOnce()) {
          result.observe(waitingSeconds, { channel });
          for (const tried of TRIED) notifications.add(0, { channel, result: tried });
        }
      });
      notificationRoundAge.addCallback(async (result) => {
        const age = (performance.now() - lastRoundMillis) / 1000;
        if ((await readOnce()).length > 0) result.observe(age);
      });
    },
    scrape(timeoutMillis = BACKLOG_TIMEOUT_MILLIS) {
      // Two collections at once would share out the gauges between them.
      scraping ??= collect(timeoutMillis).finally(() => {
        scraping = undefined;
      });
      return scraping;
    },
    async close() {
      await provider.shutdown();
    },
  };
}

/** A histogram drops what is below 0, and the clocks of two machines can differ by more than a short lag. */
function notNegative(seconds: number): number {
  return Math.max(0, seconds);
}
