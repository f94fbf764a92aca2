import { printable } from '../domain/safe-text.ts';

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export type Colour = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

const CODES: Record<Colour, [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
};

export function paint(text: string, colour: Colour, wanted: boolean): string {
  const [on, off] = CODES[colour];
  return wanted ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/**
 * Breaks a text at its spaces into lines of at most so many columns; a longer word is cut.
 *
 * @param indent before the first line; `hanging` before the others
 */
export function wrap(text: string, columns: number, indent = '', hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  const close = (): void => {
    lines.push(line);
    line = hanging;
    empty = true;
  };
  for (const word of printable(text).split(' ')) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > columns) close();
    let rest = empty ? word : ` ${word}`;
    while (widthOf(line) + widthOf(rest) > columns) {
      const head = headOf(rest, columns - widthOf(line));
      if (head === '') break;
      rest = rest.slice(head.length);
      line += head;
      close();
    }
    line += rest;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** Columns on a terminal: East Asian characters take two, marks that combine none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

function headOf(text: string, columns: number): string {
  let head = '';
  for (const character of text) {
    if (widthOf(head + character) > columns) break;
    head += character;
  }
  return head;
}
