import { foldName } from './fold-name.ts';
import { Fault } from './refusal.ts';

/** The steps of a JSON pointer (`/stock/0/qty`) or of an XML path (`Stock/Qty`, `Item/@sku`). */
export function stepsOf(path: string): string[] {
  if (!path.startsWith('/')) return path.split('/').map((step) => step.trim());
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What stands at the end of the steps; undefined where nothing does. */
export function follow(value: unknown, steps: readonly string[]): unknown {
  let at = value;
  for (const step of steps) {
    at = next(at, step);
    if (at === undefined || at === null || at instanceof Fault) return at;
  }
  return at;
}

/** One step: by the very name, else by the one that is the same but for case and spacing. */
export function next(value: unknown, step: string): unknown {
  if (Array.isArray(value)) {
    if (/^\d{1,9}$/.test(step)) return value[Number(step)];
    return value.length > 1 ? several(value.length, step) : next(value[0], step);
  }
  if (typeof value !== 'object' || value === null)
    return step === '#text' || step === '0' ? value : undefined;
  const object = value as Record<string, unknown>;
  if (Object.hasOwn(object, step)) return object[step];
  const fold = foldName(step);
  const same = Object.keys(object).filter((key) => foldName(key) === fold);
  if (same.length > 1) {
    return new Fault('several_values', `has ${same.join(' and ')}: columns has to name one as it is written`);
  }
  if (same[0] !== undefined) return object[same[0]];
  // An element that stands once is no array.
  return step === '0' ? value : undefined;
}

/** A value that has no parts: of an element with attributes, its text. */
export function leafOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Fault) return value;
  if (Array.isArray(value)) return value.length > 1 ? several(value.length, '') : leafOf(value[0]);
  const object = value as Record<string, unknown>;
  if (Object.hasOwn(object, '#text')) return object['#text'];
  const parts = Object.keys(object).filter((key) => !key.startsWith('@'));
  return parts.length === 0
    ? undefined
    : new Fault(
        'several_values',
        `has parts (${parts.slice(0, 5).join(', ')}): columns has to name one of them`,
      );
}

function several(count: number, step: string): Fault {
  const where = step === '' ? '' : ` before ${step}`;
  return new Fault(
    'several_values',
    `is a list of ${count}${where}: columns has to say which, by its number from 0`,
  );
}
