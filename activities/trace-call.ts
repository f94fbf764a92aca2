import type { Answer } from '../src/storefront/answer.ts';
import type { Facts, OpenSpan, Tracing } from '../src/telemetry/tracing/tracing.ts';

/** Of an attempt, what its spans say: whom it tells, in the course of which span. */
interface Told {
  message: { tenant: string; traceparent?: string | undefined };
  start: { storefront: string; stored: { kind: string } | undefined };
}

type Attempts = readonly [Told, ...Told[]];

/**
 * Makes a span of a storefront's call, which is sent on with it. A call for one item stands in the trace of its event. One for
 * several is sent on as a span of its own, linked to each of them, and each of their traces has a span for its part in it,
 * linked to the call: so every trace is one event's, and none lacks its call.
 *
 * @param tell makes the call, and names the span to whoever is called
 */
export async function traceCall<T extends { answers: readonly Answer[] }>(
  tracing: Tracing | undefined,
  attempts: Attempts,
  tell: (traceparent?: string) => Promise<T>,
): Promise<T> {
  const parents = attempts.map(({ message }) => message.traceparent);
  if (!tracing || parents.every((parent) => parent === undefined)) return tell();
  const facts = factsOf(attempts);
  const [onlyParent] = parents;
  const call = tracing.begin({
    name: 'tell the storefront',
    kind: 'client',
    facts,
    ...(attempts.length === 1
      ? { parent: onlyParent }
      : { links: parents.filter((one) => one !== undefined) }),
  });
  const parts = attempts.length === 1 ? [] : parents.map((parent) => beginPart(tracing, call, parent, facts));
  try {
    const told = await tell(call.traceparent);
    for (const [index, part] of parts.entries()) noteAnswer(part, told.answers[index]);
    if (parts.length === 0) noteAnswer(call, told.answers[0]);
    else noteAnswer(call, worstOf(told.answers));
    return told;
  } finally {
    for (const span of [...parts, call]) span?.end();
  }
}

function beginPart(tracing: Tracing, call: OpenSpan, parent: string | undefined, facts: Facts) {
  if (parent === undefined) return undefined;
  return tracing.begin({
    name: 'tell the storefront, with others',
    kind: 'client',
    parent,
    links: [call.traceparent],
    facts,
  });
}

function factsOf(attempts: Attempts): Facts {
  const [{ message, start }] = attempts;
  return {
    'catalog.tenant': message.tenant,
    'catalog.storefront': start.storefront,
    'catalog.storefront_kind': start.stored?.kind ?? 'webhook',
    'catalog.items': attempts.length,
  };
}

/** What it said in words may be anything, and is left to the ledger. */
function noteAnswer(span: OpenSpan | undefined, answer: Answer | undefined): void {
  const kind = answer?.kind ?? 'unreachable';
  span?.note({ 'catalog.answer': kind, 'http.response.status_code': answer?.httpStatus });
  if (kind !== 'accepted') span?.failed(kind === 'rejected' ? 'publish_rejected' : 'storefront_unreachable');
}

function worstOf(answers: readonly Answer[]): Answer | undefined {
  return (
    answers.find(({ kind }) => kind === 'unreachable') ??
    answers.find(({ kind }) => kind === 'rejected') ??
    answers[0]
  );
}
