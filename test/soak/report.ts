import { loadavg } from 'node:os';
import { machine } from '../../bench/report/machine.ts';
import type { SoakReport } from './run-soak.ts';

const WIDTH = 80;
const WRONG_LINES = 20;

/** The report as text of 80 columns. */
export function reportText(report: SoakReport): string {
  const { counts, lags, recoveries, growths, findings, seconds, seed, settledAfter } = report;
  const counted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const answers = counted.filter(([what]) => what.startsWith('answer '));
  const rest = counted.filter(([what]) => !what.startsWith('answer '));
  return [
    `Soak of ${spanText(seconds)}, seed ${seed}`,
    ...wrap(`${machine()}, load average ${loadavg()[1]?.toFixed(1)}`),
    '',
    row(['Broken', 'times', 'goes on', 'slowest event'], [6, 9, 15]),
    ...recoveries
      .toSorted((a, b) => b.times - a.times || (a.name < b.name ? -1 : 1))
      .map(({ name, times, goesOnAfter, slowest }) =>
        row([name, String(times), `${goesOnAfter.toFixed(1)} s`, `${slowest.toFixed(1)} s`], [6, 9, 15]),
      ),
    '',
    row(['Done', 'times'], [12]),
    ...rest.map(([what, times]) => row([what, times.toLocaleString('en')], [12])),
    ...wrap(`answers of the API  ${answers.map(([what, n]) => `${what.slice(7)}: ${n}`).join(', ')}`),
    '',
    row(['Lag, from receipt to the storefront', 'events', 'p50', 'p95', 'most'], [9, 9, 9, 9]),
    row(
      [
        'not held meanwhile',
        lags.events.toLocaleString('en'),
        ...[lags.p50, lags.p95, lags.max].map(inSeconds),
      ],
      [9, 9, 9, 9],
    ),
    row(['all settled after the end', settledAfter === undefined ? 'never' : inSeconds(settledAfter)], [9]),
    '',
    row(['In the second half', 'first', 'last', 'a minute', 'most ever'], [9, 9, 10, 11]),
    ...growths.map(({ name, first, last, slope, most }) =>
      row([name, figure(first), figure(last), slope.toFixed(2), figure(most)], [9, 9, 10, 11]),
    ),
    '',
    ...findings.flatMap(({ what, wrong }) => [
      ...wrap(`${wrong.length === 0 ? 'ok   ' : 'WRONG'} ${what}`),
      ...wrong.slice(0, WRONG_LINES).flatMap((line) => wrap(`      ${line.replaceAll(/\s+/g, ' ')}`)),
      ...(wrong.length > WRONG_LINES ? [`      and ${wrong.length - WRONG_LINES} more`] : []),
    ]),
  ].join('\n');
}

/** The first column takes what the others, right-aligned, leave. */
function row([first = '', ...others]: readonly string[], widths: readonly number[]): string {
  const tail = others.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('');
  return `${first.slice(0, WIDTH - 1 - tail.length).padEnd(WIDTH - tail.length)}${tail}`;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > WIDTH) {
    const at = rest.lastIndexOf(' ', WIDTH);
    const cut = at > WIDTH / 2 ? at : WIDTH;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = `      ${rest.slice(cut).trimStart()}`;
  }
  return [...lines, rest];
}

function figure(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

function spanText(seconds: number): string {
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
