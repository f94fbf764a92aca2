import { TokenParser, Tokenizer, TokenType } from '@streamparser/json';
import { survivesReading } from '../../../intake/json-faults.ts';
import { RECORD_CHARS, shortened, type BadRow, type Row } from '../row.ts';
import { envelope } from './envelope.ts';
import { isInOuterList, jsonPath, NoJson, pointerOf, type Level } from './json-path.ts';

export const MOST_LEVELS = 64;

/** A tokenizer that tells of a number that a double changes. */
class WatchfulTokenizer extends Tokenizer {
  inexact = false;

  override parseNumber(text: string): number {
    this.inexact ||= !survivesReading(text);
    return Number(text);
  }
}

interface Building {
  value: unknown;
  /** Levels around it. */
  depth: number;
  chars: number;
  /** The place of its list, where that is not the one of the rows. */
  elsewhere: string | undefined;
}

export interface JsonRows {
  /** @throws NoJson, or what the tokenizer throws */
  write(text: string): void;
  /** The rows that ended since it was asked last. */
  taken(): (Row | BadRow)[];
  /** @throws NoJson when something is open still */
  end(): void;
  /** Texts and numbers before the first row, by pointer. */
  envelope: Record<string, string>;
  /** How many rows have come. */
  count(): number;
  /** Whether there was anything in the place of the rows, were it a list of nothing. */
  isThere(): boolean;
}

/**
 * The elements of the arrays at `steps` (`*`: any step), and objects that are there in place of an array.
 *
 * @param onOther is told of each object in another list that is in no list itself
 */
export function jsonRows(
  steps: readonly string[] | undefined,
  onOther?: (place: string, value: unknown) => void,
): JsonRows {
  const tokenizer = new WatchfulTokenizer();
  const path = jsonPath();
  const head = envelope();
  let rows: (Row | BadRow)[] = [];
  let parser = newParser();
  let building: Building | undefined;
  let count = 0;
  let sinceToken = 0;
  const place = placeBefore(steps ?? []);
  let isThere = place.length === 0;
  tokenizer.onToken = ({ token, value }) => take(token, value);

  return {
    write(text) {
      sinceToken += text.length;
      tokenizer.write(text);
      if (sinceToken > RECORD_CHARS * 16) throw new NoJson('it has a text of more than 1 MiB');
    },
    taken() {
      const taken = rows;
      rows = [];
      return taken;
    },
    end() {
      tokenizer.end();
      if (path.levels.length > 0) throw new NoJson('it ends before its end: it was cut');
    },
    envelope: head.fields,
    count: () => count,
    isThere: () => isThere,
  };

  function take(token: TokenType, value: unknown): void {
    sinceToken = 0;
    isThere ||= isAt(path.levels, place);
    if (building === undefined && isRow(token)) begin(undefined);
    else if (building === undefined && isOther(token)) begin(placeOf(path.levels.slice(0, -1)));
    const event = path.take(token, value);
    if (path.levels.length > MOST_LEVELS) throw new NoJson(`it nests deeper than ${MOST_LEVELS} levels`);
    if (event === 'scalar' && (building === undefined || building.elsewhere !== undefined)) note(value);
    if (!building) return;
    feed(building, token, value);
    if (event !== undefined && event !== 'open' && path.levels.length === building.depth) finish(building);
  }

  /** Whether the value that begins with this token is one. */
  function isRow(token: TokenType): boolean {
    if (steps === undefined) return false;
    const { levels } = path;
    const isInArray = levels.length === steps.length + 1 && levels.at(-1)?.isArray === true;
    const isInPlace = levels.length === steps.length && token === TokenType.LEFT_BRACE;
    if (!isInArray && !isInPlace) return false;
    if (levels.at(-1) && levels.at(-1)?.expects !== 'value') return false;
    if (token === TokenType.RIGHT_BRACKET) return false;
    return steps.every((step, index) => step === '*' || step === String(levels[index]?.step));
  }

  function isOther(token: TokenType): boolean {
    return onOther !== undefined && token === TokenType.LEFT_BRACE && isInOuterList(path.levels);
  }

  function begin(elsewhere: string | undefined): void {
    building = { value: undefined, depth: path.levels.length, chars: 0, elsewhere };
    path.watchesKeys = true;
    path.badKey = undefined;
    tokenizer.inexact = false;
  }

  /** Takes one row after the other. */
  function newParser(): TokenParser {
    const one = new TokenParser({ paths: ['$'], separator: '' });
    one.onValue = ({ value }) => {
      if (building) building.value = value;
    };
    return one;
  }

  function feed(own: Building, token: TokenType, value: unknown): void {
    own.chars += typeof value === 'string' ? value.length : 4;
    if (own.chars <= RECORD_CHARS) parser.write({ token, value: value as string });
  }

  function finish({ value, chars, elsewhere }: Building): void {
    building = undefined;
    // It was left in the middle of a row that is too long.
    if (chars > RECORD_CHARS) parser = newParser();
    path.watchesKeys = false;
    if (elsewhere !== undefined) {
      onOther?.(elsewhere, value);
      return;
    }
    count += 1;
    const fault = faultOf(value, chars);
    const text = fault === undefined || chars <= RECORD_CHARS ? shortened(JSON.stringify(value) ?? '') : '';
    rows.push(
      fault === undefined ? { line: count, cells: undefined, value, text } : { line: count, fault, text },
    );
  }

  function faultOf(value: unknown, chars: number): string | undefined {
    if (chars > RECORD_CHARS) return `is longer than ${RECORD_CHARS / 1024} Ki characters`;
    if (typeof value !== 'object' || value === null) return 'is no JSON object';
    if (path.badKey === '__proto__') return 'has a key that could change the prototype of objects';
    if (path.badKey !== undefined) return `has the same key twice: ${JSON.stringify(path.badKey)}`;
    if (tokenizer.inexact) return 'has a number of more digits than a reader keeps';
    return undefined;
  }

  function note(value: unknown): void {
    if (count > 0) return;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return;
    head.note(placeOf(path.levels), String(value));
  }
}

const placeOf = (levels: readonly Level[]): string => pointerOf(levels.map(({ step }) => step));

/** As far as the steps are keys: behind it there may be any number of places, or none. */
function placeBefore(steps: readonly string[]): readonly string[] {
  const star = steps.indexOf('*');
  return star === -1 ? steps : steps.slice(0, star);
}

function isAt(levels: readonly Level[], place: readonly string[]): boolean {
  const top = levels.at(-1);
  return (
    levels.length === place.length &&
    top?.expects === 'value' &&
    place.every((step, index) => step === String(levels[index]?.step))
  );
}
