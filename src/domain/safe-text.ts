/** Control, format, private and unassigned characters, lone surrogates, and the separators that break a line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Whether a text can be kept as it is: NUL, other control characters and lone surrogates can not. */
export function isStorable(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return text.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
}

/** Whatever could drive a terminal, reverse or hide text, or break a line becomes visible instead. */
export function printable(text: string, instead = '\u{FFFD}'): string {
  return text.toWellFormed().replace(UNPRINTABLE, instead);
}

/** The same line by line. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

/** Whether nothing in a text has to be made visible. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}
