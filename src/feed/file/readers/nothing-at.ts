import { UnreadableFile } from '../unreadable-file.ts';

const SHOWN = 5;

/** A file of which the definition names a place that it does not have: by that alone it would pass for an empty one. */
export function nothingAt(rows: string, places: readonly string[]): UnreadableFile {
  const there = places.filter((place) => place !== '');
  const some = there.slice(0, SHOWN).join(', ');
  const has = there.length === 0 ? 'no lists or objects' : there.length > SHOWN ? `${some} and others` : some;
  return new UnreadableFile(`The file has nothing at rows: ${rows}; what it has is ${has}.`);
}
