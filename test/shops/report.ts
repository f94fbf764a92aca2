import { machine } from '../../bench/report/machine.ts';
import { table } from '../../bench/report/markdown.ts';
import type { ShopsReport } from './run-shops.ts';

const WRONG_LINES = 20;

/** What a run came to, as Markdown. */
export function reportText(report: ShopsReport): string {
  const { events, duplicates, versions, seconds, seed, shops, findings } = report;
  const number = (value: number | undefined): string => (value ?? 0).toLocaleString('en');
  return [
    `${number(events)} events of two suppliers, ${number(duplicates)} of them sent again, ` +
      `disordered, made ${number(versions)} versions; ${Math.round(seconds)} s from the first event to the last publication ` +
      `(seed ${seed}; ${machine()}).`,
    table(
      [
        'shop',
        'calls',
        'with a fault',
        'restarts',
        'accepted',
        'failed, tried again',
        'rejected',
        'stock movements',
      ],
      shops.map(({ name, version, calls, faults, restarts, movements, attempts }) => [
        `${name} ${version}`,
        ...[calls, faults, restarts, attempts.accepted, attempts.failed, attempts.rejected].map(number),
        movements === 0 ? '–' : number(movements),
      ]),
    ),
    findings
      .flatMap(({ what, wrong }) => [
        `- ${wrong.length === 0 ? 'ok' : '**WRONG**'}: ${what}`,
        ...wrong.slice(0, WRONG_LINES).map((line) => `  - ${line}`),
        ...(wrong.length > WRONG_LINES ? [`  - and ${wrong.length - WRONG_LINES} more`] : []),
      ])
      .join('\n'),
  ].join('\n\n');
}
