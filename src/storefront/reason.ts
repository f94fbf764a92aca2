import { printable } from '../domain/safe-text.ts';
import { OutgoingRefused } from '../outgoing/guard.ts';

/** A reason is kept for people to read: so many characters are enough. */
const REASON_CHARACTERS = 300;
/** Of them for what a network says, with words around it. */
const DETAIL_CHARACTERS = 260;

/**
 * Makes a text of foreign origin safe to store, log and show: one line, printable, without secrets, at most 300
 * characters. Control characters go, and so do those that reverse or hide text.
 */
export function printableReason(text: string, most = REASON_CHARACTERS): string {
  const hidden = text.slice(0, most * 8).replace(/whsec_[A-Za-z0-9+/=_-]*/g, 'whsec_…');
  const line = printable(hidden, ' ').replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
}

/**
 * Says why a request failed before there was an answer. What Node says of it names addresses, ports and certificates,
 * and stands in brackets, without quotes and brackets of its own, so that `withoutNetworkDetail` finds it in any text.
 * None of it quotes headers or the body.
 */
export function networkReason(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const causes: string[] = [];
  let begin = BROKEN;
  const collect = (fault: unknown, depth: number): void => {
    if (!(fault instanceof Error) || depth > 5) return;
    if (fault instanceof OutgoingRefused) begin = REFUSED;
    if (fault instanceof AggregateError) for (const one of fault.errors) collect(one, depth + 1);
    else if (fault.cause instanceof Error) collect(fault.cause, depth + 1);
    else causes.push(fault.message === '' ? fault.name : fault.message);
  };
  collect(error, 0);
  const detail = printableReason([...new Set(causes)].join('; '), DETAIL_CHARACTERS)
    .replaceAll(/["\\]/g, "'")
    .replaceAll('[', '(')
    .replaceAll(']', ')');
  return detail === '' ? begin : `${begin} [${detail}]`;
}

const BROKEN = 'the connection failed';
const REFUSED = 'not called';
/** Whoever cut a text may have cut off the bracket that closes it: in JSON it ends with the string, or at an escape. */
const DETAIL = new RegExp(`(?:${BROKEN}|${REFUSED}) \\[[^\\]"\\\\]*\\]?`, 'g');

/** The same text for those who need not know how a network is built: only that the storefront cannot be reached. */
export function withoutNetworkDetail(text: string): string {
  return text.replaceAll(DETAIL, 'the storefront cannot be reached');
}
