import { nameFits } from './name-fits.ts';
import { UnreadableFile } from './unreadable-file.ts';

const OF_FEEDS =
  /\.(?:csv|tsv|tab|psv|txt|asc|dat|xlsx|xlsm|json|ndjson|jsonl|xml|edi|edifact|x12|846|gz|zip)$/i;

/** What file managers put beside what people pack. */
const LITTER = /(?:^|\/)(?:__MACOSX\/|\.|Thumbs\.db$|desktop\.ini$)/i;

/**
 * The file of a zip that is the feed: the one that the setting names, the only one with a feed's extension, or the
 * only one at all.
 *
 * @throws UnreadableFile
 */
export function pickEntry(names: readonly string[], wanted: string | undefined): string {
  const files = names.filter((name) => !LITTER.test(name));
  const named =
    wanted === undefined ? files : files.filter((name) => name === wanted || nameFits(wanted, name));
  const likely = named.filter((name) => OF_FEEDS.test(name));
  const fitting = likely.length > 0 ? likely : named;
  const [first, second] = fitting;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) {
    throw new UnreadableFile(
      `The zip file holds ${fitting.length} files that could be the feed (${listed(fitting)}): name one with the setting entry.`,
    );
  }
  if (files.length === 0) throw new UnreadableFile('The zip file holds no file.');
  throw new UnreadableFile(`The zip file holds no ${wanted}, but ${listed(files)}.`);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
