import { createMetrics } from '../../../src/telemetry/metrics.ts';

/** The names of all metrics that our processes have between them. */
export async function everyMetricName(): Promise<string[]> {
  const metrics = createMetrics();
  const labels = { tenant: 't', supplier: 's' };
  metrics.eventDecided({ ...labels, outcome: 'won', decidedLagSeconds: 0 });
  metrics.eventPublished({ ...labels, publishedLagSeconds: 0 });
  metrics.publishAttempt({ ...labels, result: 'accepted', latencySeconds: 0 });
  metrics.eventsReceived({ ...labels, status: 'accepted', count: 1 });
  metrics.observeBacklog(async () => [{ tenant: 't', backlog: 0, oldestPendingSeconds: 0 }]);
  const { text } = await metrics.scrape();
  await metrics.close();
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '');
}
