import { printableLines } from '../../domain/safe-text.ts';
import type { Problem, Receipts, SentAnswer } from './post-event.ts';

/** What a receipt's status means to whoever sent the event. */
const MEANINGS: Record<string, string> = {
  accepted: 'it is in the ledger, and its turn comes within seconds',
  duplicate: 'it was there already, with the same content; it counts once',
  conflict: 'its id was there already, with another content; the first one stays',
};

/** An answer for people, a line a thing. */
export function answerInWords({ status, retryAfter, receipts, problem }: SentAnswer): string {
  const wait = retryAfter === undefined ? [] : [`Send the very same again in ${retryAfter} s.`];
  if (receipts) return lines(`${status} accepted`, receiptLines(receipts));
  if (problem)
    return lines(`${status} ${problem.code}: ${problem.title}`, [...problemLines(problem), ...wait]);
  return lines(`${status}, but not from catalog-sync`, [
    'Something else answers at this address: check --url, and the proxies on the way.',
    ...wait,
  ]);
}

/** Whether the event is in the ledger now. */
export function isIn({ receipts }: SentAnswer): boolean {
  return receipts?.results.every(({ status }) => status !== 'conflict') === true;
}

function receiptLines({ results, ignored, warnings = [] }: Receipts): string[] {
  return [
    ...results.map(({ eventId, status }) => `event ${eventId}: ${status}, ${MEANINGS[status] ?? status}`),
    ...(ignored ? [`not read: ${ignored.join(', ')}`] : []),
    ...warnings.map(({ message }) => `warning: ${message}`),
  ];
}

function problemLines({ detail, errors = [] }: Problem): string[] {
  const faults = errors.map((one) => `${one.pointer ?? one.header ?? 'body'}: ${one.detail}`);
  return [detail, ...faults];
}

function lines(head: string, rest: readonly string[]): string {
  return printableLines([head, ...rest.map((line) => `  ${line}`)].join('\n'));
}
