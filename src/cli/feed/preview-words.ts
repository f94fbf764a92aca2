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
  const isAliased = events.some(({ code, unknown }) => code !== undefined || unknown);
  const rows = events.map(({ line, sku, code, unknown, quantity, updatedAt, location = '', id = '' }) => [
    ...[String(line), ...(isAliased ? [code ?? (unknown ? 'unknown' : '')] : [])],
    ...[sku, String(quantity), updatedAt, location, id],
  ]);
  const head = ['LINE', ...(isAliased ? ['CODE'] : []), 'SKU', 'QUANTITY', 'UPDATED AT', 'LOCATION', 'ID'];
  return ['', columns(head, rows), ''];
}

function endLines(preview: Preview): string[] {
  const { rows, refused, figures, refusals, unreadable, guards, changes, unknown } = preview;
  const lines = refusals.map(
    ({ code, count, lines: first, reason }) =>
      `  ${code} ${count}: line${first.length > 1 ? 's' : ''} ${first.join(', ')}${count > first.length ? ' …' : ''}: ${reason}`,
  );
  return [
    `${rows} rows: ${figures} events, ${refused} rows refused`,
    ...lines,
    `of ${changes.above0} items in stock ${changes.zeroed} would go to 0; ${changes.unheard} of its ${changes.items} items are new`,
    ...unknownLines(unknown),
    ...(unreadable === undefined ? guardLines(guards) : [`The file would fail: ${unreadable}`]),
  ];
}

function unknownLines({ events, codes, first }: Preview['unknown']): string[] {
  if (events === 0) return [];
  const more = codes > first.length ? ' …' : '';
  const what =
    events === 1 ? '1 event would be held, its code has' : `${events} events would be held, their codes have`;
  return [`${what} no alias (unknown_sku): ${first.join(', ')}${more}`];
}

function guardLines(guards: Preview['guards']): string[] {
  if (guards.verdict === 'pass') return ['The guards would let it pass.'];
  return ['It would be held:', ...guards.reasons.map(({ reason }) => `- ${reason}`)];
}
