/** A pointer is a JSON Pointer (RFC 6901) to the fault. */
export type JsonFault =
  | { kind: 'nested_too_deep'; pointer: string }
  | { kind: 'too_many_keys'; pointer: string }
  | { kind: 'too_many_values'; pointer: string }
  | { kind: 'duplicate_key'; pointer: string }
  | { kind: 'inexact_number'; pointer: string };

/** Arrays and objects within one another. */
export const DEEPEST_NESTING = 32;

/** Of one object. */
export const MOST_KEYS = 64;

/** Keys and values of a whole text: a full delivery of CloudEvents has 20,000 at most. */
export const MOST_VALUES = 40_000;

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** A whole number of so few digits that a double keeps each of them. */
const PLAIN = /^-?\d{1,15}$/;

interface Container {
  /** An object's keys so far; undefined for an array. */
  keys?: Set<string>;
  /** The key or index of the value that comes now, or was last. */
  at: string | number;
  expectsKey: boolean;
}

/**
 * Finds what `JSON.parse` lets pass silently: a key that stands twice in an object (the last value would win, while
 * another reader of the same signed bytes may take the first), nesting that a recursive reader would not survive, more keys or
 * values than anything of ours has, whose reading and checking would hold up everybody else, and a number that a double
 * cannot tell from another one (4.99999999999999999 would become 5).
 *
 * It only has to be right about text that is JSON. Of any other text it may say anything but must return, so
 * `JSON.parse` still has to read the text afterwards.
 */
export function findJsonFault(
  text: string,
  deepest: number = DEEPEST_NESTING,
  mostKeys: number = MOST_KEYS,
): JsonFault | undefined {
  const stack: Container[] = [];
  let values = 0;
  for (let index = 0; index < text.length; index += 1) {
    const top = stack.at(-1);
    if (values > MOST_VALUES) return { kind: 'too_many_values', pointer: '' };
    switch (text[index]) {
      case '{':
      case '[':
        if (stack.length === deepest) return { kind: 'nested_too_deep', pointer: pointerTo(stack) };
        values += 1;
        stack.push(
          text[index] === '{' ? { keys: new Set(), at: '', expectsKey: true } : { at: 0, expectsKey: false },
        );
        break;
      case '}':
      case ']':
        stack.pop();
        break;
      case ',':
        if (top?.keys) top.expectsKey = true;
        else if (top) top.at = Number(top.at) + 1;
        break;
      case '"': {
        const end = endOfString(text, index);
        values += 1;
        if (top?.keys && top.expectsKey) {
          const key = readString(text.slice(index, end));
          if (key === undefined) return undefined;
          top.at = key;
          if (top.keys.size === mostKeys)
            return { kind: 'too_many_keys', pointer: pointerTo(stack.slice(0, -1)) };
          if (top.keys.has(key)) return { kind: 'duplicate_key', pointer: pointerTo(stack) };
          top.keys.add(key);
          top.expectsKey = false;
        }
        index = end - 1;
        break;
      }
      default: {
        NUMBER.lastIndex = index;
        const literal = NUMBER.exec(text)?.[0];
        if (literal === undefined) break;
        values += 1;
        if (!survivesReading(literal)) return { kind: 'inexact_number', pointer: pointerTo(stack) };
        index += literal.length - 1;
      }
    }
  }
  return undefined;
}

/** Whether the double that is read would be written as the same number again. Infinite ones are the shape check's. */
export function survivesReading(literal: string): boolean {
  if (PLAIN.test(literal)) return true;
  const read = Number(literal);
  if (!Number.isFinite(read)) return true;
  const [before, after] = [inScience(literal), inScience(String(read))];
  return before.digits === after.digits && (before.digits === '' || before.exponent === after.exponent);
}

/** `0.0120e3` as digits `12` and the power of ten of the first one, 1. */
function inScience(literal: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = literal.replace(/^-/, '').split(/[eE]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  return {
    digits: withoutTrailingZeros(digits),
    exponent: Number(power) + whole.length - 1 - (all.length - digits.length),
  };
}

/** Not by `/0+$/`, which begins anew at each of a million zeros that some other digit follows. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

/** One step of a JSON Pointer, escaped as RFC 6901 section 3 says. */
export function pointerStep(step: string | number): string {
  return `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function pointerTo(stack: readonly Container[]): string {
  return stack.map(({ at }) => pointerStep(at)).join('');
}

/** The index behind the closing quote, or the text's end. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index + 1;
  }
  return text.length;
}

/** `"\u0061"` and `"a"` are the same key, so the escapes have to be resolved. */
function readString(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
