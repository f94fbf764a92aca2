import { z } from 'zod';
import { editDistance } from '../../domain/edit-distance.ts';

/**
 * An object of these keys and no others. The message about unknown ones has a line for each, in their order, because the
 * schema says all of them in one finding.
 */
export function keyed<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => unknownKey(key, known)).join('\n');
      }
      return wrongKind(issue.input, 'a map of keys and values');
    },
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near === undefined ? `is not known here; known are ${known.join(', ')}` : `: did you mean ${near}?`;
}

/** The name that another one was probably meant to be. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = plainly(name);
  const [best] = known
    .map((other) => ({ other, distance: editDistance(plain, plainly(other)) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(plain.length / 4)) ? best.other : undefined;
}

function plainly(name: string): string {
  return name
    .slice(0, 60)
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '');
}

/** @param wanted follows "must be" */
export function wrongKind(input: unknown, wanted: string): string {
  if (input === undefined) return 'is missing';
  if (input === null) return `is empty, and must be ${wanted}; a sign such as , or | needs quotes`;
  return `must be ${wanted}`;
}

/** Text that YAML may take for something else. */
export function text(wanted: string) {
  return z.string({
    error: ({ input }) =>
      typeof input === 'number' || typeof input === 'boolean'
        ? `is a ${typeof input} to YAML: put it in quotes`
        : wrongKind(input, wanted),
  });
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, {
    error: ({ input }) => {
      const near = typeof input === 'string' ? nearest(input, words) : undefined;
      const list = `one of ${words.join(', ')}`;
      return near === undefined ? wrongKind(input, list) : `must be ${list}: did you mean ${near}?`;
    },
  });
}
