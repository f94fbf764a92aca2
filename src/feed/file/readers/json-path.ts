import { TokenType } from '@streamparser/json';
import { pointerStep } from '../../../intake/json-faults.ts';

/** An array or object that is open. */
export interface Level {
  isArray: boolean;
  /** Where in it the current value is. */
  step: string | number;
  expects: 'key' | 'colon' | 'value' | 'comma';
  /** Of an object whose keys are watched. */
  keys?: Set<string>;
}

export type JsonEvent = 'open' | 'close' | 'scalar' | undefined;

/** The tokens do not make JSON. */
export class NoJson extends Error {
  override name = 'NoJson';
}

export interface JsonPath {
  levels: readonly Level[];
  /** Whether keys are watched for doubles from here on. */
  watchesKeys: boolean;
  /** A key that stood twice since keys are watched, or that could change the prototype of objects. */
  badKey: string | undefined;
  /** Takes a token: a value begins, ends, or is one. @throws NoJson */
  take(token: TokenType, value: unknown): JsonEvent;
}

/** Where in a JSON text one is. */
export function jsonPath(): JsonPath {
  const levels: Level[] = [];
  const path: JsonPath = { levels, watchesKeys: false, badKey: undefined, take };
  return path;

  function take(token: TokenType, value: unknown): JsonEvent {
    const top = levels.at(-1);
    switch (token) {
      case TokenType.LEFT_BRACE:
      case TokenType.LEFT_BRACKET: {
        expectValue(top);
        const isArray = token === TokenType.LEFT_BRACKET;
        levels.push(
          isArray
            ? { isArray, step: 0, expects: 'value' }
            : { isArray, step: '', expects: 'key', ...(path.watchesKeys && { keys: new Set() }) },
        );
        return 'open';
      }
      case TokenType.RIGHT_BRACE:
      case TokenType.RIGHT_BRACKET:
        if (top?.isArray !== (token === TokenType.RIGHT_BRACKET) || !mayClose(top)) throw new NoJson();
        levels.pop();
        valueEnded(levels.at(-1));
        return 'close';
      case TokenType.COLON:
        if (top?.expects !== 'colon') throw new NoJson();
        top.expects = 'value';
        return undefined;
      case TokenType.COMMA:
        if (top?.expects !== 'comma') throw new NoJson();
        top.expects = top.isArray ? 'value' : 'key';
        if (typeof top.step === 'number') top.step += 1;
        return undefined;
      default:
        if (top?.expects === 'key' && typeof value === 'string') {
          takeKey(top, value);
          return undefined;
        }
        expectValue(top);
        valueEnded(top);
        return 'scalar';
    }
  }

  function takeKey(top: Level, key: string): void {
    if (top.keys?.has(key) || (path.watchesKeys && key === '__proto__')) path.badKey ??= key;
    top.keys?.add(key);
    top.step = key;
    top.expects = 'colon';
  }
}

function expectValue(top: Level | undefined): void {
  if (top && top.expects !== 'value') throw new NoJson();
}

function valueEnded(top: Level | undefined): void {
  if (top) top.expects = 'comma';
}

/** A comma before the end is let pass: nothing can be meant by it but what stands there. */
const mayClose = ({ expects, isArray }: Level): boolean =>
  expects === 'comma' || expects === (isArray ? 'value' : 'key');

export const pointerOf = (steps: readonly (string | number)[]): string => steps.map(pointerStep).join('');

/** The steps of a JSON pointer, whose first slash may be left out. */
export function stepsOf(pointer: string): string[] {
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps[0] === '' ? steps.slice(1) : steps;
}

/** Whether what comes next is an element of a list that is in no list itself. */
export function isInOuterList(levels: readonly Level[]): boolean {
  const top = levels.at(-1);
  return (
    top?.isArray === true &&
    top.expects === 'value' &&
    levels.every((level) => level === top || !level.isArray)
  );
}
