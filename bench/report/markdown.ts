import { readFile, writeFile } from 'node:fs/promises';

/** A table; every column but the first is of numbers, and right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, 3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

export function figure(value: number | undefined, digits = 0): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

/**
 * Puts `text` between `<!-- bench:name -->` and `<!-- /bench:name -->` of a file.
 *
 * @throws when the file has no such place
 */
export async function replaceSection(file: string, name: string, text: string): Promise<void> {
  const content = await readFile(file, 'utf8');
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = content.indexOf(open);
  const to = content.indexOf(close);
  if (from === -1 || to < from) throw new Error(`${file} has no place for ${name}: ${open} … ${close}`);
  await writeFile(file, `${content.slice(0, from + open.length)}\n\n${text}\n\n${content.slice(to)}`);
}
