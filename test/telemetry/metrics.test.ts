import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import type { Backlog, NotifyGauges } from '../../src/telemetry/gauges.ts';
import { SERIES_LIMIT } from '../../src/telemetry/scrape-reader.ts';

let opened: Metrics[] = [];

function metrics(): Metrics {
  const made = createMetrics();
  opened.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(opened.map((made) => made.close()));
  opened = [];
});

const of = { tenant: 'canary', supplier: 'acme' };

async function samples(from: Metrics, name: string): Promise<string[]> {
  const { text } = await from.scrape();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('createMetrics', () => {
  it('counts decided events by outcome and failure mode', async () => {
    const made = metrics();
    made.eventDecided({ ...of, outcome: 'won', decidedLagSeconds: 0.02 });
    made.eventDecided({ ...of, outcome: 'won', decidedLagSeconds: 0.02 });
    made.eventDecided({ ...of, outcome: 'rejected', failureMode: 'clock_drift', decidedLagSeconds: 0.02 });
    expect(await samples(made, 'catalog_sync_events_total')).toEqual([
      'catalog_sync_events_total{tenant="canary",supplier="acme",outcome="won",failure_mode="none"} 2',
      'catalog_sync_events_total{tenant="canary",supplier="acme",outcome="rejected",failure_mode="clock_drift"} 1',
    ]);
  });

  it('counts received events by status, as many as a request held', async () => {
    const made = metrics();
    made.eventsReceived({ ...of, status: 'accepted', count: 499 });
    made.eventsReceived({ ...of, status: 'duplicate', count: 1 });
    expect(await samples(made, 'catalog_sync_events_received_total')).toEqual([
      'catalog_sync_events_received_total{tenant="canary",supplier="acme",status="accepted"} 499',
      'catalog_sync_events_received_total{tenant="canary",supplier="acme",status="duplicate"} 1',
    ]);
  });

  it('says for how long nobody looked at what people are to be told, where somebody is', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5_000);
    const made = metrics();
    let channels: NotifyGauges[] = [];
    made.observeNotifications(async () => channels);
    clock.mockReturnValue(125_000);
    expect(await samples(made, 'catalog_sync_notification_round_age_seconds')).toEqual([]);
    channels = [{ channel: 'desk', waitingSeconds: 0 }];
    expect(await samples(made, 'catalog_sync_notification_round_age_seconds')).toEqual([
      'catalog_sync_notification_round_age_seconds 120',
    ]);
    made.notificationRoundDone();
    clock.mockReturnValue(128_000);
    expect(await samples(made, 'catalog_sync_notification_round_age_seconds')).toEqual([
      'catalog_sync_notification_round_age_seconds 3',
    ]);
    clock.mockRestore();
  });

  it('counts publish attempts by storefront and result', async () => {
    const made = metrics();
    made.publishAttempt({ ...of, result: 'failed', latencySeconds: 2 });
    made.publishAttempt({ ...of, storefront: 'cache', result: 'accepted', latencySeconds: 2 });
    expect(await samples(made, 'catalog_sync_publish_attempts_total')).toEqual([
      'catalog_sync_publish_attempts_total{tenant="canary",supplier="acme",storefront="shop",result="failed"} 1',
      'catalog_sync_publish_attempts_total{tenant="canary",supplier="acme",storefront="cache",result="accepted"} 1',
    ]);
  });

  it('has buckets on both sides of the 90 s that the launch gate asks for', async () => {
    const made = metrics();
    made.eventDecided({ ...of, outcome: 'won', decidedLagSeconds: 89 });
    made.eventPublished({ ...of, publishedLagSeconds: 91 });
    made.publishAttempt({ ...of, result: 'accepted', latencySeconds: 0.007 });
    const { text } = await made.scrape();
    const labels = 'tenant="canary",supplier="acme"';
    expect(text).toContain(`catalog_sync_decided_lag_seconds_bucket{${labels},le="60"} 0`);
    expect(text).toContain(`catalog_sync_decided_lag_seconds_bucket{${labels},le="90"} 1`);
    expect(text).toContain(`catalog_sync_published_lag_seconds_bucket{${labels},le="90"} 0`);
    expect(text).toContain(`catalog_sync_published_lag_seconds_bucket{${labels},le="3600"} 1`);
    expect(text).toContain(`catalog_sync_published_lag_seconds_sum{${labels}} 91`);
    expect(text).toContain(
      `catalog_sync_publish_latency_seconds_bucket{${labels},storefront="shop",le="0.01"} 1`,
    );
    expect(text).toContain(`catalog_sync_publish_latency_seconds_count{${labels},storefront="shop"} 1`);
  });

  it('counts a lag below 0, from clocks that differ, as none', async () => {
    const made = metrics();
    made.eventDecided({ ...of, outcome: 'won', decidedLagSeconds: -0.5 });
    expect(await samples(made, 'catalog_sync_decided_lag_seconds_sum')).toEqual([
      'catalog_sync_decided_lag_seconds_sum{tenant="canary",supplier="acme"} 0',
    ]);
  });

  it('puts suppliers beyond the limit into one series', async () => {
    const made = metrics();
    for (let i = 0; i < SERIES_LIMIT + 100; i++) {
      made.eventsReceived({ tenant: 'canary', supplier: `supplier-${i}`, status: 'accepted', count: 1 });
    }
    const found = await samples(made, 'catalog_sync_events_received_total');
    expect(found).toHaveLength(SERIES_LIMIT);
    expect(found.at(-1)).toBe('catalog_sync_events_received_total{otel_metric_overflow="true"} 101');
  });

  it('has the counters of known suppliers from the start, and counts on from there', async () => {
    const intake = metrics();
    intake.observeSuppliers('intake', async () => [{ ...of, storefront: 'shop' }]);
    expect(await samples(intake, 'catalog_sync_events_received_total')).toEqual(
      ['accepted', 'duplicate', 'conflict'].map(
        (status) =>
          `catalog_sync_events_received_total{tenant="canary",supplier="acme",status="${status}"} 0`,
      ),
    );
    const worker = metrics();
    worker.observeSuppliers('worker', async () => [
      { ...of, storefront: 'shop' },
      { ...of, storefront: 'cache' },
    ]);
    worker.publishAttempt({ ...of, storefront: 'cache', result: 'failed', latencySeconds: 1 });
    await worker.scrape();
    const attempts = await samples(worker, 'catalog_sync_publish_attempts_total');
    expect(attempts.map((line) => /storefront="(\w+)",result="(\w+)"} (\d+)$/.exec(line)?.slice(1))).toEqual([
      ['cache', 'failed', '1'],
      ...['accepted', 'rejected', 'failed'].map((result) => ['shop', result, '0']),
      ...['accepted', 'rejected'].map((result) => ['cache', result, '0']),
    ]);
    const decided = await samples(worker, 'catalog_sync_events_total');
    expect(decided).toContain(
      'catalog_sync_events_total{tenant="canary",supplier="acme",outcome="superseded",failure_mode="stale_catalog_version"} 0',
    );
    expect(decided).toHaveLength(8);
    expect(await samples(worker, 'catalog_sync_publishes_postponed_total')).toHaveLength(1);
  });

  it('reads the backlog at each scrape and forgets a tenant that is gone', async () => {
    const made = metrics();
    let rows: Backlog[] = [
      { tenant: 'canary', backlog: 3, oldestPendingSeconds: 12.5 },
      { tenant: 'gone', backlog: 9, oldestPendingSeconds: 99 },
    ];
    made.observeBacklog(async () => rows);
    expect(await samples(made, 'catalog_sync_starter_backlog')).toEqual([
      'catalog_sync_starter_backlog{tenant="canary"} 3',
      'catalog_sync_starter_backlog{tenant="gone"} 9',
    ]);
    rows = [{ tenant: 'canary', backlog: 0, oldestPendingSeconds: 0 }];
    const { text } = await made.scrape();
    expect(text).toContain('catalog_sync_starter_backlog{tenant="canary"} 0');
    expect(text).toContain('catalog_sync_oldest_pending_event_seconds{tenant="canary"} 0');
    expect(text).not.toContain('gone');
  });

  it('leaves the gauges out when the backlog cannot be read, and has them again afterwards', async () => {
    const made = metrics();
    let fails = false;
    made.observeBacklog(async () => {
      if (fails) throw new Error('no database');
      return [{ tenant: 'canary', backlog: 1, oldestPendingSeconds: 1 }];
    });
    made.eventsReceived({ ...of, status: 'accepted', count: 1 });
    await made.scrape();
    fails = true;
    const failed = await made.scrape();
    expect(failed.errors).toEqual([new Error('no database')]);
    expect(failed.text).toContain('catalog_sync_events_received_total{');
    expect(failed.text).not.toContain('starter_backlog{');
    fails = false;
    expect(await samples(made, 'catalog_sync_starter_backlog')).toHaveLength(1);
  });

  it('does not wait for a slow backlog, nor reads it a second time meanwhile', async () => {
    const made = metrics();
    let reads = 0;
    let answer: (rows: Backlog[]) => void = () => {};
    const slow = new Promise<Backlog[]>((resolve) => {
      answer = resolve;
    });
    made.observeBacklog(() => {
      reads++;
      return slow;
    });
    made.eventsReceived({ ...of, status: 'accepted', count: 1 });
    const first = await made.scrape(5);
    await made.scrape(5);
    expect(reads).toBe(1);
    expect(first.errors).toHaveLength(1);
    expect(first.text).toContain('catalog_sync_events_received_total{');
    answer([{ tenant: 'canary', backlog: 7, oldestPendingSeconds: 1 }]);
    await slow;
    expect(await samples(made, 'catalog_sync_starter_backlog')).toEqual([
      'catalog_sync_starter_backlog{tenant="canary"} 7',
    ]);
  });

  it('gives every one of several scrapes at once the gauges', async () => {
    const made = metrics();
    made.observeBacklog(async () => [{ tenant: 'canary', backlog: 1, oldestPendingSeconds: 1 }]);
    const scrapes = await Promise.all([made.scrape(), made.scrape(), made.scrape()]);
    for (const { text } of scrapes) expect(text).toContain('catalog_sync_starter_backlog{tenant="canary"} 1');
  });

  it("shows the launch gate's last verdicts, without a value where there is none", async () => {
    const made = metrics();
    made.observeGate(async () => [
      {
        tenant: 'canary',
        state: 'open',
        sampleAgeSeconds: -1,
        shownWrong: { old_quantity_shown: 2, wrong_quantity_shown: 0 },
        signals: [
          { signal: 'queue_lag', owner: 'Infra', verdict: 'miss', value: 120 },
          { signal: 'publish_errors', owner: 'Storefront', verdict: 'inconclusive', value: null },
        ],
      },
    ]);
    expect(await samples(made, 'catalog_sync_gate_sample_age_seconds')).toEqual([
      'catalog_sync_gate_sample_age_seconds{tenant="canary"} 0',
    ]);
    expect(await samples(made, 'catalog_sync_tenant_state')).toEqual([
      'catalog_sync_tenant_state{tenant="canary",state="open"} 1',
    ]);
    expect(await samples(made, 'catalog_sync_items_shown_wrong')).toEqual([
      'catalog_sync_items_shown_wrong{tenant="canary",failure_mode="old_quantity_shown"} 2',
      'catalog_sync_items_shown_wrong{tenant="canary",failure_mode="wrong_quantity_shown"} 0',
    ]);
    expect(await samples(made, 'catalog_sync_signal_value')).toEqual([
      'catalog_sync_signal_value{tenant="canary",signal="queue_lag"} 120',
    ]);
    expect(
      (await samples(made, 'catalog_sync_signal_verdict')).filter((line) => line.endsWith(' 1')),
    ).toEqual([
      'catalog_sync_signal_verdict{tenant="canary",signal="queue_lag",owner="Infra",verdict="miss"} 1',
      'catalog_sync_signal_verdict{tenant="canary",signal="publish_errors",owner="Storefront",verdict="inconclusive"} 1',
    ]);
    expect(await samples(made, 'catalog_sync_signal_verdict')).toHaveLength(6);
  });
});
