import { parse } from 'secure-json-parse';
import { DEEPEST_NESTING, findJsonFault } from '../../../intake/json-faults.ts';

/** An export names every column of its table; an event has six. */
const MOST_KEYS = 2_000;

export type JsonText = { value: object } | { fault: string; isSyntax: boolean };

/** One record as JSON, by the rules of the intake (no key twice, no number that a double changes). */
export function readJsonText(text: string): JsonText {
  let value: unknown;
  const fault = findJsonFault(text, DEEPEST_NESTING, MOST_KEYS);
  if (fault?.kind === 'nested_too_deep') return refused(`nests deeper than ${DEEPEST_NESTING} levels`);
  try {
    value = parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    if (error instanceof SyntaxError && error.message.includes('forbidden prototype')) {
      return refused('has a key that could change the prototype of objects');
    }
    return { fault: 'is not JSON', isSyntax: true };
  }
  switch (fault?.kind) {
    case 'duplicate_key':
      return refused(`has the same key twice: ${fault.pointer}`);
    case 'inexact_number':
      return refused(`has a number of more digits than a reader keeps: ${fault.pointer}`);
    case 'too_many_keys':
    case 'too_many_values':
      return refused('has too many keys');
    case undefined:
      break;
  }
  if (typeof value !== 'object' || value === null) return refused('is no JSON object');
  return { value };
}

const refused = (fault: string): JsonText => ({ fault, isSyntax: false });
