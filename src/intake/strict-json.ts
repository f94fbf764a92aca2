import { parse } from 'secure-json-parse';
import { DEEPEST_NESTING, findJsonFault, MOST_KEYS, MOST_VALUES } from './json-faults.ts';

export type StrictJson =
  | { ok: true; value: unknown }
  /** `pointer` only where the fault has a place in the document. */
  | { ok: false; detail: string; pointer?: string };

/** One byte order mark at the beginning is left out, as RFC 8259, section 8.1 allows: it says nothing. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads bytes as JSON that every reader understands in the same way (I-JSON, RFC 7493): UTF-8, no key twice, no number
 * that a double changes, no `__proto__`, no more than 32 levels, 64 keys an object and 40,000 keys and values in all.
 */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { ok: false, detail: 'The body is not UTF-8.' };
  }
  // The parser would leave out one more.
  if (text.startsWith('\ufeff')) return { ok: false, detail: 'The body begins with two byte order marks.' };
  const fault = findJsonFault(text);
  if (fault?.kind === 'nested_too_deep') {
    return {
      ok: false,
      detail: `The body nests deeper than ${DEEPEST_NESTING} levels.`,
      pointer: fault.pointer,
    };
  }
  if (fault?.kind === 'too_many_keys') {
    return {
      ok: false,
      detail: `The body has an object of more than ${MOST_KEYS} keys.`,
      pointer: fault.pointer,
    };
  }
  if (fault?.kind === 'too_many_values') {
    return { ok: false, detail: `The body has more than ${MOST_VALUES} keys and values.` };
  }
  let value: unknown;
  try {
    value = parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    // The parser's own words quote the body, which may not belong in logs and answers.
    const forbidden = error instanceof SyntaxError && error.message.includes('forbidden prototype');
    return {
      ok: false,
      detail: forbidden
        ? 'The body has a key that could change the prototype of objects: __proto__ or constructor.prototype.'
        : 'The body is not JSON.',
    };
  }
  if (fault?.kind === 'inexact_number') {
    return {
      ok: false,
      detail: 'The body has a number of more digits than a reader keeps (a double).',
      pointer: fault.pointer,
    };
  }
  if (fault)
    return { ok: false, detail: 'The body has an object with the same key twice.', pointer: fault.pointer };
  return { ok: true, value };
}
