import { notSet, type AdminFault } from './fault-table.ts';

/** A place where a shop has stock. */
export interface StockPlace {
  id: string;
  name: string;
}

/**
 * The place whose stock is set: the one that is configured by name or id, or the only one that there is.
 *
 * @throws AdminFault which says what to set
 */
export function chooseLocation(places: readonly StockPlace[], configured: string | undefined): string {
  const names = places.map(({ name }) => name).join(', ');
  const found =
    configured === undefined
      ? places
      : places.filter(({ id, name }) => id === configured || name === configured);
  const [only] = found;
  if (found.length === 1 && only) return only.id;
  if (places.length === 0) throw missing('the shop has no stock location: make one there');
  if (configured === undefined) {
    throw missing(`the shop has ${places.length} stock locations: set \`location\` to one of ${names}`);
  }
  throw missing(
    found.length === 0
      ? `the shop has no stock location ${JSON.stringify(configured)}: set \`location\` to one of ${names}`
      : `${found.length} stock locations are named ${JSON.stringify(configured)}: set \`location\` to an id`,
  );
}

function missing(message: string): AdminFault {
  return notSet(message, 200);
}
