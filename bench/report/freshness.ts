import { burstInWords, type Freshness } from '../freshness.ts';
import { figure, table } from './markdown.ts';
import { barChart } from './svg.ts';

/** Times are held against those of the product in the same run, where it took part. */
export function freshnessTable(measured: readonly Freshness[]): string {
  return table(
    ['burst', 'subject', '50 % right, s', '95 %', '100 %', '× ours', 'item-seconds wrong', '× ours', 'calls'],
    measured.map((one) => {
      const { subject, burst, p50, p95, all, itemSecondsWrong, calls } = one;
      const ours = measured.find((other) => other.subject === 'ours' && other.burst === burst);
      return [
        ...[burstInWords(burst), subject, figure(p50, 1), figure(p95, 1), figure(all, 1)],
        figure(all / (ours?.all ?? NaN), 2),
        ...[figure(itemSecondsWrong), figure(itemSecondsWrong / (ours?.itemSecondsWrong ?? NaN), 2)],
        String(calls),
      ];
    }),
  );
}

export function freshnessPlot(measured: readonly Freshness[]): string {
  const burst = measured[0]?.burst;
  return barChart(
    `Until all pages are right, after ${burst ? burstInWords(burst) : 'a burst'} (spread: from half of them)`,
    's',
    measured
      .filter((one) => one.burst === burst)
      .map(({ subject, p50, all }) => ({ label: subject, value: all, least: p50, most: all })),
  );
}
