import type { Latency } from '../latency.ts';
import type { Measured, Round } from '../side-by-side.ts';
import { median, spreadOf } from '../stats.ts';
import type { StoreUse } from '../store-use.ts';
import { figure, table } from './markdown.ts';
import { barChart } from './svg.ts';

const PROCESSES = ['worker', 'server', 'engine', 'Temporal', "Temporal's PostgreSQL", 'PostgreSQL'] as const;

/** The rates of a subject, each over that of another in the same round. */
function ratios(measured: readonly Measured[], name: string, to: string): number[] {
  const of = (who: string): readonly Round[] => measured.find((one) => one.name === who)?.rounds ?? [];
  return of(name).flatMap(({ round, eventsPerSecond }) => {
    const other = of(to).find((one) => one.round === round);
    return other ? [eventsPerSecond / other.eventsPerSecond] : [];
  });
}

export function throughputTable(measured: readonly Measured[]): string {
  return table(
    ['subject', 'events/s', 'least', 'most', 'of the ceiling', '× textbook', 'rounds'],
    measured.map(({ name, rounds }) => {
      const spread = spreadOf(rounds.map(({ eventsPerSecond }) => eventsPerSecond));
      return [
        name,
        figure(spread.median, 1),
        figure(spread.least, 1),
        figure(spread.most, 1),
        figure(median(ratios(measured, name, 'ceiling')), 2),
        figure(median(ratios(measured, name, 'textbook')), 2),
        String(rounds.length),
      ];
    }),
  );
}

export function latencyTable(measured: readonly Measured[]): string {
  return table(
    ['subject', 'idle p50', 'p95', 'p99', 'half load p50', 'p95', 'p99'],
    measured
      .filter(({ rounds }) => rounds.some(({ idle }) => idle))
      .map(({ name, rounds }) => [name, ...percentiles(rounds, 'idle'), ...percentiles(rounds, 'halfLoad')]),
  );
}

function percentiles(rounds: readonly Round[], which: 'idle' | 'halfLoad'): string[] {
  return (['p50', 'p95', 'p99'] as const).map((p) =>
    figure(median(rounds.flatMap((round): number[] => valueOf(round[which], p)))),
  );
}

function valueOf(latency: Latency | undefined, p: 'p50' | 'p95' | 'p99'): number[] {
  return latency ? [latency[p]] : [];
}

export function cpuTable(measured: readonly Measured[]): string {
  const processes = PROCESSES.filter((process) =>
    measured.some(({ rounds }) => rounds.some(({ cpuPerEvent }) => process in cpuPerEvent)),
  );
  return table(
    ['subject', ...processes, 'sum', 'events a CPU-second'],
    measured.map(({ name, rounds }) => {
      const values = processes
        .map((process) => median(rounds.flatMap(({ cpuPerEvent }) => cpuPerEvent[process] ?? [])))
        .map((seconds) => seconds * 1000);
      const sum = values.filter(Number.isFinite).reduce((total, value) => total + value, 0);
      return [name, ...values.map((value) => figure(value, 1)), figure(sum, 1), figure(1000 / sum)];
    }),
  );
}

/** An event's work in the PostgreSQL that Temporal shares with the ledger. */
export function storeTable(measured: readonly Measured[]): string {
  return table(
    [
      'subject',
      "Temporal's commits",
      'others',
      'write-ahead log, KB',
      "kept in Temporal's databases, KB",
      "Temporal's connections at work",
      'open',
    ],
    measured.map(({ name, rounds }) => {
      const uses = rounds.flatMap(({ store }) => store ?? []);
      const middle = (value: (use: StoreUse) => number): number => median(uses.map(value));
      return [
        name,
        figure(
          middle(({ commits }) => commits.temporal),
          1,
        ),
        figure(
          middle(({ commits }) => commits.ours),
          1,
        ),
        figure(
          middle(({ walBytes }) => walBytes / 1000),
          1,
        ),
        figure(
          middle(({ temporalBytes }) => temporalBytes / 1000),
          1,
        ),
        figure(Math.max(...uses.map(({ busiest }) => busiest.active))),
        figure(Math.max(...uses.map(({ busiest }) => busiest.open))),
      ];
    }),
  );
}

export function historyTable(measured: readonly Measured[]): string {
  return table(
    ['workflow', 'history events', 'state transitions', 'bytes of history'],
    measured
      .flatMap(({ histories }) => histories)
      .map(({ subject, kind, events, transitions, bytes }) => [
        `${subject}, ${kind}`,
        String(events),
        String(transitions),
        String(bytes),
      ]),
  );
}

export function faultLines(measured: readonly Measured[]): string[] {
  return measured.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
}

export function throughputPlot(measured: readonly Measured[]): string {
  return barChart(
    'Events a second at a sustained backlog (median, spread over the rounds)',
    '/s',
    measured
      .filter(({ name, rounds }) => rounds.length > 0 && name !== 'PostgreSQL alone')
      .map(({ name, rounds }) => {
        const spread = spreadOf(rounds.map(({ eventsPerSecond }) => eventsPerSecond));
        return { label: name, value: spread.median, least: spread.least, most: spread.most };
      }),
  );
}

export function latencyPlot(measured: readonly Measured[]): string {
  return barChart(
    'From POST to accepted when idle (p50)',
    'ms',
    measured
      .filter(({ rounds }) => rounds.some(({ idle }) => idle))
      .map(({ name, rounds }) => ({
        label: name,
        value: median(rounds.flatMap(({ idle }) => (idle ? [idle.p50] : []))),
      })),
  );
}
