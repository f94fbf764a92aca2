import { printable } from './safe-text.ts';

/** What begins or ends anything within a line of CommonMark or GitHub's extensions; `@`, `://` and `www.` become links. */
const MEANT = /[\\`*_~[\]<>()!|&#@{}$]|:(?=\/\/)|(?<=\bwww)\./gi;

/**
 * A text of foreign origin as markdown that shows it as it is, in one line: no link, no picture, no emphasis. The Temporal
 * Web UI reads summaries and details as markdown.
 */
export function plainInMarkdown(text: string): string {
  return printable(text, ' ').replace(MEANT, '\\$&');
}
