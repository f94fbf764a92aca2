/** Control, format, private and unassigned characters, lone surrogates, and the separators that break a line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const UNPRINTABLE_IN_LINES = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu;
/** The usual case, quickly. */
const PLAIN = /^[\x20-\x7e\n]*$/;
// oxlint-disable-next-line no-control-regex
const COLOUR = /^\u001b\[\d{1,2}m$/;
// oxlint-disable-next-line no-control-regex
const COLOUR_OR_UNPRINTABLE = /\u001b\[\d{1,2}m|(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu;

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

/**
 * JSON in which every such character is written as an escape: the same values, on a terminal and in a log that is read
 * line by line. Line feeds between values stay.
 */
export function escapeUnprintable(json: string): string {
  if (PLAIN.test(json)) return json;
  return json.replaceAll(UNPRINTABLE_IN_LINES, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Text with lines, tabs and colours for a terminal: whatever else could drive it becomes visible instead. */
export function safeOnTerminal(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .toWellFormed()
    .replaceAll(COLOUR_OR_UNPRINTABLE, (found) => (COLOUR.test(found) ? found : '\u{FFFD}'));
}

/** Whether nothing in a text has to be made visible. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}
