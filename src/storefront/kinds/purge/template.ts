import type { ItemVersion } from '../kind.ts';

/** What may stand in a template, as {sku}. */
export const PLACES = ['itemId', 'tenant', 'sku', 'version', 'quantity', 'secret'] as const;
type Place = (typeof PLACES)[number];

const PLACE = /\{([A-Za-z]+)\}/g;

/** The names in a template's braces. */
export function placesIn(template: string): string[] {
  return [...template.matchAll(PLACE)].map(([, name = '']) => name);
}

/** @param write how a value has to be written where the template stands: a SKU holds whatever its supplier likes */
export function fill(
  template: string,
  item: Omit<ItemVersion, 'version' | 'quantity'> & Partial<ItemVersion>,
  write: (value: string) => string,
  secret = '',
): string {
  const values: Partial<Record<Place, string | number>> = { ...item, secret };
  return template.replaceAll(PLACE, (_, name: string) =>
    // Its owner gave it for this header, as it is.
    name === 'secret' ? secret : write(String(values[name as Place] ?? '')),
  );
}

/** For a path or a query. */
export const inPath = encodeURIComponent;

/** For a string of a JSON body. */
export function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
