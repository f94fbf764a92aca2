import { recordCutter, type Cut, type CutRules } from './readers/cut-records.ts';
import type { ReadSettings } from './row.ts';
import { UnreadableFile } from './unreadable-file.ts';

export interface Dialect extends CutRules {
  /** The first line is Excel's `sep=;` and no record. */
  hasHint: boolean;
}

/** A semicolon stands in text less often than a comma: where both would do, it is the delimiter. */
const DELIMITERS = ['\t', ';', '|', ','] as const;

const LOOKED_AT = 50;
const SAMPLE_CHARS = 64 * 1024;

const HINT = /^"?sep=([^\r\n])"?[ \t]*(?:[\r\n]|$)/i;

/** How a table is written, by its first lines; a setting wins. @throws UnreadableFile for a setting that cannot be */
export function findDialect(sample: string, how: ReadSettings): Dialect {
  const quote = quoteOf(how.quote);
  const newline = firstBreak(
    quote === undefined ? sample : withoutQuoted(sample.slice(0, SAMPLE_CHARS), quote),
  );
  const hint = HINT.exec(sample)?.[1];
  const delimiter =
    named(how.delimiter) ?? hint ?? guess(sample.slice(0, SAMPLE_CHARS), { quote, newline }, how.header ?? 1);
  return { delimiter, quote, newline, hasHint: hint !== undefined };
}

/** A CR alone ends lines where the first one does not end with LF. */
export function firstBreak(text: string): '\n' | '\r' {
  const lineBreak = /\r\n|\n|\r/.exec(text)?.[0];
  return lineBreak === '\r' ? '\r' : '\n';
}

function quoteOf(set: string | undefined): string | undefined {
  if (set === undefined) return '"';
  if (set === 'none' || set === '') return undefined;
  if (set.length > 1) throw new UnreadableFile('The setting quote is one character, or none.');
  return set;
}

function named(set: string | undefined): string | undefined {
  if (set === undefined) return undefined;
  if (set === '') throw new UnreadableFile('The setting delimiter is empty.');
  return set === 'tab' || set === '\\t' ? '\t' : set;
}

/** The delimiter that cuts the header and the lines after it into the same number of cells, two or more. */
function guess(sample: string, rules: Omit<CutRules, 'delimiter'>, header: number): string {
  let best = { delimiter: ',', even: false, width: 1, share: 0 };
  for (const delimiter of DELIMITERS) {
    const widths = widthsOf(sample, { ...rules, delimiter }, header);
    const [width = 0, ...others] = widths;
    if (width < 2) continue;
    const share = others.length === 0 ? 1 : others.filter((other) => other === width).length / others.length;
    const one = { delimiter, even: share >= 0.9, width, share };
    if (isBetter(one, best)) best = one;
  }
  return best.delimiter;
}

type Candidate = { even: boolean; width: number; share: number };

function isBetter(one: Candidate, other: Candidate): boolean {
  if (one.even !== other.even) return one.even;
  if (one.even) return one.width > other.width;
  return one.share > other.share || (one.share === other.share && one.width > other.width);
}

function widthsOf(sample: string, rules: CutRules, header: number): number[] {
  const cutter = recordCutter(rules);
  return [...cutter.write(sample), ...cutter.end()]
    .filter(({ line, text, fault }) => line >= header && text.trim() !== '' && fault === undefined)
    .slice(0, LOOKED_AT)
    .map((cut) => widthOf(cut, rules));
}

/** Of a quoted record it is near enough: a delimiter within quotes counts for every candidate alike. */
function widthOf({ text }: Cut, { delimiter, quote }: CutRules): number {
  const unquoted = quote === undefined || !text.includes(quote) ? text : withoutQuoted(text, quote);
  const cells = unquoted.split(delimiter);
  while (cells.length > 0 && cells.at(-1)?.trim() === '') cells.pop();
  return cells.length;
}

function withoutQuoted(text: string, quote: string): string {
  return text
    .split(quote)
    .map((part, index) => (index % 2 === 0 ? part : 'x'))
    .join('');
}
