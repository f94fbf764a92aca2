import { parse } from 'node-html-parser';
import { RE2JS } from 're2js';
import { z } from 'zod';

const MOST_CHARACTERS = 500;

/** A regular expression, as it is compiled for each answer and page. */
export const re2 = lookedUpBy('an RE2', (text) => RE2JS.compile(text));

export const cssSelector = lookedUpBy('a CSS selector', (text) => {
  // It finds nothing, and says so nowhere.
  if (text.trim() === '') throw new Error('it is empty');
  parse('').querySelector(text);
});

/** By RFC 6901. */
export const jsonPointer = z
  .string()
  .max(MOST_CHARACTERS)
  .regex(
    /^(?:\/(?:[^~/]|~[01])*)*$/,
    'is no JSON pointer: it begins with /, as /offers/0/stock, and has ~ as ~0 and / in a name as ~1',
  );

/** @param compile throws for what it cannot read, and would do so in each publish */
function lookedUpBy(what: string, compile: (text: string) => unknown): z.ZodString {
  return z
    .string()
    .max(MOST_CHARACTERS)
    .check(({ value, issues }) => {
      try {
        compile(value);
      } catch (error) {
        const message = `is not ${what}: ${error instanceof Error ? error.message : String(error)}`;
        issues.push({ code: 'custom', input: value, message, continue: true });
      }
    });
}
