import { columns } from '../output.ts';
import { paint, wrap, type Colour } from '../terminal-text.ts';
import type { Check } from './check.ts';

const COLUMNS = 80;
const SIGNS: Record<Check['status'], [string, Colour]> = {
  ok: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
};

/** A check for a terminal of 80 columns, with what to do below it. */
export function renderCheck(check: Check, options: { colour: boolean }): string {
  const [sign, colour] = SIGNS[check.status];
  const [first = '', ...others] = wrap(`${check.name}: ${check.detail}`, COLUMNS - 2);
  const lines = [`${paint(sign, colour, options.colour)} ${first}`, ...others.map((line) => `  ${line}`)];
  if (check.todo !== undefined) lines.push(...wrap(`→ ${check.todo}`, COLUMNS, '  ', '    '));
  if (check.table)
    lines.push(
      ...columns(check.table.head, check.table.rows)
        .split('\n')
        .map((line) => `    ${line}`),
    );
  return lines.join('\n');
}
