import { Tokenizer, TokenType } from '@streamparser/json';
import type { ReadSettings } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { isInOuterList, jsonPath, NoJson, pointerOf, stepsOf, type Level } from './json-path.ts';
import { jsonRows, MOST_LEVELS } from './json-rows.ts';
import { onePlace } from './one-place.ts';

/** What is seen of a text's lists, in those places that are in no list themselves. */
interface Lists {
  /** By pointer: how many objects each has. */
  objects: Map<string, number>;
  /** Pointers of lists and objects. */
  places: Set<string>;
  /** Pointers of lists of nothing. */
  empty: string[];
  /** The whole text is one list. */
  isList: boolean;
}

/**
 * The list whose objects may be rows; where none or any may, the one with the most objects; without one, the list or
 * object that the whole file is, or the first list of nothing where that object can be no row.
 *
 * @throws UnreadableFile when the beginning of the file has no such list, or several whose objects may be rows
 */
export function findJsonRows({ sample, whole }: TextFile, mayBeRow: ReadSettings['mayBeRow']): string[] {
  const { objects, places, empty, isList } = listsOf(sample);
  const lists = [...objects];
  if (lists.length > 1 && mayBeRow) {
    const likely = likelyPlaces(sample, mayBeRow);
    const others = [...places].filter((place) => !likely.includes(place));
    const place = onePlace(likely, others);
    if (place !== undefined) return stepsOf(place);
  }
  const [first, ...others] = lists;
  if (first) return stepsOf(others.reduce((most, one) => (one[1] > most[1] ? one : most), first)[0]);
  if (whole && !isList && empty[0] !== undefined && mayBeRow && !isRowItself(sample, mayBeRow))
    return stepsOf(empty[0]);
  if (isList || whole) return [];
  throw new UnreadableFile('The beginning of the file has no array of objects: say where it is with rows.');
}

/** Where the beginning of a text has lists and objects that are in no list themselves. */
export function placesOf(sample: string): string[] {
  return [...listsOf(sample).places];
}

function listsOf(sample: string): Lists {
  const path = jsonPath();
  const lists: Lists = { objects: new Map(), places: new Set(), empty: [], isList: false };
  const tokenizer = new Tokenizer();
  tokenizer.onToken = ({ token, value }) => {
    if (path.levels.length > MOST_LEVELS) throw new NoJson('it nests too deep');
    const inList = path.levels.at(-1)?.isArray === true;
    const around = path.levels.slice(0, -1).map(({ step }) => step);
    if (token === TokenType.RIGHT_BRACKET && isEmpty(path.levels)) lists.empty.push(pointerOf(around));
    const event = path.take(token, value);
    if (event !== 'open' || !around.every((step) => typeof step === 'string')) return;
    const { levels } = path;
    if (levels.length === 1) lists.isList = levels[0]?.isArray === true;
    if (!inList) {
      lists.places.add(pointerOf(levels.slice(0, -1).map(({ step }) => step)));
    } else if (levels.at(-1)?.isArray === false) {
      const place = pointerOf(around);
      lists.objects.set(place, (lists.objects.get(place) ?? 0) + 1);
    }
  };
  writeAll(tokenizer, sample);
  return lists;
}

/** Whether the list that is open has nothing in it, and is in no list. */
function isEmpty(levels: readonly Level[]): boolean {
  return levels.at(-1)?.step === 0 && isInOuterList(levels);
}

function likelyPlaces(sample: string, mayBeRow: (value: unknown) => boolean): string[] {
  const likely = new Set<string>();
  const reader = jsonRows(undefined, (place, value) => {
    if (!likely.has(place) && mayBeRow(value)) likely.add(place);
  });
  writeAll(reader, sample);
  return [...likely];
}

function isRowItself(sample: string, mayBeRow: (value: unknown) => boolean): boolean {
  try {
    return mayBeRow(JSON.parse(sample));
  } catch {
    // What is wrong is said when it is read.
    return true;
  }
}

function writeAll(reader: { write: (text: string) => void }, sample: string): void {
  try {
    reader.write(sample);
  } catch {
    // What is wrong is said when it is read.
  }
}
