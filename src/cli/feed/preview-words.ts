import { noticesInWords } from '../../domain/file-notices.ts';
import { stretchesInWords, type Stretch } from '../../domain/line-stretches.ts';
import { printableLines } from '../../domain/safe-text.ts';
import type { Preview } from '../../feed/preview/preview-file.ts';
import { columns } from '../output.ts';

/** More stretches of lines than these fill a screen and say no more. */
const SHOWN_RANGES = 500;

/**
 * A preview as people read it.
 *
 * @param isOwn of our own form, which no guard keeps back
 */
export function previewInWords(preview: Preview, { isOwn = false } = {}): string {
  const lines = [
    ...fileLines(preview),
    ...eventLines(preview),
    ...endLines(preview),
    ...verdictLines(preview, isOwn),
  ];
  return printableLines(lines.join('\n'));
}

/** Whether the guards, or the file itself, would keep the figures back. */
export function isKeptBack({ guards, unreadable }: Preview): boolean {
  return guards.verdict === 'held' || unreadable !== undefined;
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
  const { rows, refused, figures, refusals, changes, unknown, notices, closed } = preview;
  return [
    `${rows} rows: ${figures} events, ${refused} rows refused`,
    ...refusals.map(
      ({ code, count, ranges, reason }) => `  ${code} ${count}: ${linesInWords(ranges)}: ${reason}`,
    ),
    `of ${changes.above0} figures in stock ${changes.zeroed} would go to 0; ${changes.unheard} of its ${changes.items} items are new`,
    ...changeLines(changes),
    ...unknownLines(unknown),
    // The codes are told above.
    ...noticesInWords({ ...notices, unknown_sku: undefined }),
    ...(closed === undefined ? [] : [`its events would be held: ${closed}`]),
  ];
}

function linesInWords(ranges: readonly Stretch[]): string {
  const { words, more } = stretchesInWords(ranges, SHOWN_RANGES);
  return more === 0 ? words : `${words} and ${more} more, which --json prints`;
}

function changeLines({ changed, first }: Preview['changes']): string[] {
  if (changed === 0) return ['no figure would change'];
  const rows = first.map(({ sku, from, to }) => [`  ${sku}`, String(from), '→', String(to)]);
  const more = changed > first.length ? [`  … and ${changed - first.length} more`] : [];
  const table = columns(['  SKU', 'NOW', '', 'THEN'], rows);
  return [`${changed} ${changed === 1 ? 'item' : 'items'} would change:`, table, ...more];
}

function unknownLines({ events, codes, first }: Preview['unknown']): string[] {
  if (events === 0) return [];
  const more = codes > first.length ? ' …' : '';
  const what =
    events === 1 ? '1 event would be held, its code has' : `${events} events would be held, their codes have`;
  return [`${what} no alias (unknown_sku): ${first.join(', ')}${more}`];
}

function verdictLines({ guards, unreadable }: Preview, isOwn: boolean): string[] {
  if (unreadable !== undefined) {
    return isOwn
      ? [`\`ingest\` would stop where the file cannot be read, and write what stands before: ${unreadable}`]
      : [`The file would fail, and nothing of it be written: ${unreadable}`];
  }
  const reasons = guards.verdict === 'held' ? guards.reasons.map(({ reason }) => `- ${reason}`) : [];
  if (isOwn) {
    const own = 'It is of our own form: `ingest` takes what is not refused, without asking.';
    return reasons.length === 0 ? [own] : [own, 'A feed would hold it:', ...reasons];
  }
  return reasons.length === 0 ? ['The guards would let it pass.'] : ['It would be held:', ...reasons];
}
