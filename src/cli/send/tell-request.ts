import { printableLines } from '../../domain/safe-text.ts';
import type { SentRequest } from './post-event.ts';

/** In place of what only the two who share it may see. */
const HIDDEN = '•••';
/** A certificate has some thousand characters. */
const SHOWN_CHARACTERS = 120;

/** What was sent, as `curl --verbose` shows it, but without what is secret. */
export function requestInWords({ url, headers, body, secret }: SentRequest): string {
  const fields = Object.entries(headers).map(
    ([name, value]) => `${name}: ${secret.has(name) ? HIDDEN : shortened(value)}`,
  );
  const lines = [`POST ${url.pathname}${url.search}`, `host: ${url.host}`, ...fields, '', body];
  return printableLines(lines.map((line) => `> ${line}`.trimEnd()).join('\n'));
}

/** The same as one value of JSON. */
export function requestAsJson({ url, headers, body, secret }: SentRequest): object {
  const shown = Object.entries(headers).map(([name, value]) => [name, secret.has(name) ? HIDDEN : value]);
  return { method: 'POST', url: url.href, headers: Object.fromEntries(shown), body };
}

function shortened(value: string): string {
  return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value;
}
