import type { Answer } from '../../storefront/answer.ts';
import { broken, kept, type Outcome } from './promise.ts';

/** Holds an answer to being a yes. */
export function taken(answer: Answer): Outcome {
  if (answer.kind === 'accepted') return kept(inWords(answer));
  if (answer.kind === 'rejected') return broken(`it was rejected: ${answer.reason}`);
  return noAnswer(answer);
}

/** Holds an answer to being a no. */
export function refused(answer: Answer): Outcome {
  if (answer.kind === 'rejected') return kept(`refused: ${answer.reason}`);
  if (answer.kind === 'accepted') return broken('it was accepted');
  return noAnswer(answer);
}

/** Neither yes nor no: whatever was tried, this has to be mended first. */
export function noAnswer({ reason, httpStatus }: Extract<Answer, { kind: 'unreachable' }>): Outcome {
  return broken(`there was no answer of the contract: ${reason}`, todoWithout(httpStatus));
}

export function inWords(answer: Extract<Answer, { kind: 'accepted' }>): string {
  const reason = answer.reason === undefined ? '' : ` (${JSON.stringify(answer.reason)})`;
  return `accepted${reason}, HTTP ${answer.httpStatus} in ${answer.latencyMs} ms`;
}

function todoWithout(httpStatus: number | undefined): string {
  if (httpStatus === undefined)
    return 'See that it runs, that the address is right (`catalog-sync storefront list`), and that it answers in time.';
  if (httpStatus < 300)
    return 'Answer with JSON: {"accepted": true}, or {"accepted": false, "reason": "…"} for what is never to be taken.';
  if (httpStatus < 400)
    return 'Take messages at the address itself, or set the one that it leads to: redirects are not followed.';
  return httpStatus < 500
    ? 'Allow more calls, or have fewer made; 408, 425 and 429 say "later", and Retry-After when.'
    : "A 5xx is a fault of its own, and has the message sent again for a day: look in the storefront's log.";
}
