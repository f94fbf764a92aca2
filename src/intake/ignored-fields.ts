import { printable } from '../domain/safe-text.ts';

/** All that is read of an event. */
const EVENT_FIELDS: ReadonlySet<string> = new Set(['id', 'sku', 'quantity', 'updatedAt', 'location']);

/** Names of an event, of a delivery's answer and of a supplier are kept up to so many; the others become one. */
const MOST_NAMES = 50;
const NAME_CHARACTERS = 64;

/** Stands for all names beyond those that are kept. */
export const FURTHER_FIELDS = '…';

/** The fields of an event that are not read, as they can be kept and shown. */
export function ignoredFields(event: unknown): string[] {
  const names = Object.keys(event as object).filter((name) => !EVENT_FIELDS.has(name));
  return names.length === 0 ? names : boundNames(names);
}

/** Each name once, and not more than are kept. */
export function boundNames(names: Iterable<string>): string[] {
  const kept = new Set<string>();
  let further = false;
  for (const name of names) {
    const short = Array.from(printable(name)).slice(0, NAME_CHARACTERS).join('');
    if (short === FURTHER_FIELDS || (kept.size === MOST_NAMES && !kept.has(short))) further = true;
    else kept.add(short);
  }
  return further ? [...kept, FURTHER_FIELDS] : [...kept];
}
