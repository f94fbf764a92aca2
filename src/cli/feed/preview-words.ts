import { printableLines } from '../../domain/safe-text.ts';
import type { Preview } from '../../feed/preview/preview-file.ts';
import { columns } from '../output.ts';

/** A preview as people read it. */
export function previewInWords(preview: Preview): string {
  return printableLines([...fileLines(preview), ...eventLines(preview), ...endLines(preview)].join('\n'));
}

function fileLines({ found, unread }: Preview): string[] {
  const { format, unpacked, entry, encoding, delimiter, sheet } = found;
  const parts = [
    format,
    unpacked === undefined ? undefined : `from ${unpacked}${entry === undefined ? '' : ` (${entry})`}`,
    encoding,
    delimiter === undefined
      ? undefined
      : `separated by ${delimiter === '\t' ? 'tabs' : JSON.stringify(delimiter)}`,
    sheet === undefined ? undefined : `sheet ${sheet}`,
  ];
  const read = `found: ${parts.filter((part) => part !== undefined).join(', ')}`;
  return unread.length === 0 ? [read] : [read, `not read: ${unread.join(', ')}`];
}

function eventLines({ events }: Preview): string[] {
  if (events.length === 0) return [];
  const rows = events.map(({ line, sku, quantity, updatedAt, location = '', id = '' }) => [
    ...[String(line), sku, String(quantity), updatedAt, location, id],
  ]);
  return ['', columns(['LINE', 'SKU', 'QUANTITY', 'UPDATED AT', 'LOCATION', 'ID'], rows), ''];
}

function endLines(preview: Preview): string[] {
  const { rows, refused, figures, refusals, unreadable, guards, changes } = preview;
  const lines = refusals.map(
    ({ code, count, lines: first, reason }) =>
      `  ${code} ${count}: line${first.length > 1 ? 's' : ''} ${first.join(', ')}${count > first.length ? ' …' : ''}: ${reason}`,
  );
  return [
    `${rows} rows: ${figures} events, ${refused} rows refused`,
    ...lines,
    `of ${changes.above0} items in stock ${changes.zeroed} would go to 0; ${changes.unheard} of its ${changes.items} items are new`,
    ...(unreadable === undefined ? guardLines(guards) : [`The file would fail: ${unreadable}`]),
  ];
}

function guardLines(guards: Preview['guards']): string[] {
  if (guards.verdict === 'pass') return ['The guards would let it pass.'];
  return ['It would be held:', ...guards.reasons.map(({ reason }) => `- ${reason}`)];
}
