import type { PromiseResult } from '../../storefronts/check/run-promises.ts';
import { COLUMNS } from '../output.ts';
import { paint, widthOf, wrap, type Colour } from '../terminal-text.ts';

const SIGNS: Record<PromiseResult['status'], [string, Colour]> = {
  ok: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
};
/** Of the sign and what the storefront does; the rest of a line is for what happened. */
const [NAME_COLUMNS, GAP] = [36, '  '];

/** A row of the table: what is promised, and beside it what happened, with what to implement below. */
export function renderPromise(
  { promise, status, detail, todo }: PromiseResult,
  options: { colour: boolean },
): string {
  const [sign, colour] = SIGNS[status];
  const names = wrap(promise.name, NAME_COLUMNS - 2);
  const room = COLUMNS - NAME_COLUMNS - GAP.length;
  const happened = [...wrap(detail, room), ...(todo === undefined ? [] : wrap(`→ ${todo}`, room, '', '  '))];
  return Array.from({ length: Math.max(names.length, happened.length) }, (_, row) => {
    const name = names[row] ?? '';
    const left = name + ' '.repeat(NAME_COLUMNS - 2 - widthOf(name));
    const begin = row === 0 ? paint(sign, colour, options.colour) : ' ';
    return `${begin} ${left}${GAP}${happened[row] ?? ''}`.trimEnd();
  }).join('\n');
}
