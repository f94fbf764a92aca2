import type { ReadSettings } from '../row.ts';
import { UnreadableFile } from '../unreadable-file.ts';

const SHOWN_PLACES = 3;
const SHOWN_CHARACTERS = 200;

/**
 * The one place where rows are; undefined: there is none.
 *
 * @param places paths of lists whose elements may be rows
 * @param others paths of whatever else a pattern would take for rows
 * @throws UnreadableFile for several, of which nobody says which is meant
 */
export function onePlace(places: readonly string[], others: readonly string[]): string | undefined {
  if (places.length < 2) return places[0];
  throw severalPlaces(places, patternOf(places, others));
}

/**
 * Of the records elsewhere, which a reader comes upon: a list of rows may stand behind the beginning of a file, by which
 * their place was found.
 */
export function refuseOthers(
  place: string,
  { mayBeRow }: ReadSettings,
): ((other: string, value: unknown) => void) | undefined {
  if (!mayBeRow) return undefined;
  return (other, value) => {
    if (mayBeRow(value)) throw severalPlaces([place, other]);
  };
}

/** @param all a path of all of them */
function severalPlaces(places: readonly string[], all?: string): UnreadableFile {
  const shown = places.slice(0, SHOWN_PLACES).map(short);
  const more = places.length - shown.length;
  const listed = more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(' and ');
  const both = all === undefined ? '' : `, or all of them with rows: ${short(all)}`;
  return new UnreadableFile(
    `The file has lists of rows in several places (${listed}): say which is meant with rows: ${shown[0]}${both}.`,
  );
}

/** What names all places and nothing else; undefined where no path does. */
function patternOf(places: readonly string[], others: readonly string[]): string | undefined {
  const [first = [], ...rest] = places.map((place) => place.split('/'));
  if (rest.some((steps) => steps.length !== first.length)) return undefined;
  const wanted = first.map((step, at) => (rest.every((steps) => steps[at] === step) ? step : '*'));
  const isTaken = (path: string): boolean => {
    const steps = path.split('/');
    return steps.length === wanted.length && wanted.every((step, at) => step === '*' || step === steps[at]);
  };
  return others.some(isTaken) ? undefined : wanted.join('/');
}

function short(path: string): string {
  return path.length > SHOWN_CHARACTERS ? `${path.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : path;
}
