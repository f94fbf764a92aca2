import { printableReason } from '../../reason.ts';
import { AdminFault } from './fault-table.ts';

/** A place where a shop has stock. */
export interface StockPlace {
  id: string;
  name: string;
}

/** Nobody sets a shop up within seconds. */
export const SETTING_WAIT_MS = 60_000;

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
  if (places.length === 0) throw notSet('the shop has no stock location: make one there');
  if (configured === undefined) {
    throw notSet(`the shop has ${places.length} stock locations: set \`location\` to one of ${names}`);
  }
  throw notSet(
    found.length === 0
      ? `the shop has no stock location ${JSON.stringify(configured)}: set \`location\` to one of ${names}`
      : `${found.length} stock locations are named ${JSON.stringify(configured)}: set \`location\` to an id`,
  );
}

function notSet(message: string): AdminFault {
  return new AdminFault(printableReason(message), {
    ...{ means: 'later', httpStatus: 200, retryAfterMs: SETTING_WAIT_MS },
  });
}
