import { RECORD_CHARS, shortened } from '../row.ts';

export interface CutRules {
  delimiter: string;
  /** One character; undefined: there are no quotes. */
  quote: string | undefined;
  newline: '\n' | '\r';
}

/** A record of a text file, or a line of one that could not be read. */
export interface Cut {
  /** Where it begins, from 1. */
  line: number;
  /** Without its line break. */
  text: string;
  /** The same without the blanks around quotes, where there are any. */
  trimmed?: string;
  /** One of its fields is within quotes. */
  quoted: boolean;
  /** A line break follows. */
  ended: boolean;
  fault?: string;
  /** The file ends within quotes. */
  unclosed?: true;
}

/** More of them around quotes nobody writes; what follows them has to be at hand. */
const MOST_BLANKS = 64;

/** A byte order mark may begin a record, and not the file alone: files are joined to one another. */
const MARK = '\ufeff';

export interface RecordCutter {
  write(text: string): Cut[];
  end(): Cut[];
}

/**
 * Cuts text into records at the line breaks that stand outside quotes. A quote counts where a field begins, maybe behind
 * blanks; elsewhere it is a character (24" wide). After a quoted field that goes on behind its closing quote nobody knows what is
 * quoted: each line up to there is a fault, so that no line of a quoted text is ever read as a record.
 */
export function recordCutter({ delimiter, quote, newline }: CutRules): RecordCutter {
  let rest = '';
  /** Of the record that is being read, in `rest`. */
  let start = 0;
  let at = 0;
  let state: 'field' | 'plain' | 'quoted' | 'broken' = 'field';
  let line = 1;
  /** Of a record that is longer than is kept: its beginning, and line breaks in what was dropped. */
  let long: { text: string; lines: number } | undefined;
  let hasQuotes = false;
  let wentOnAt = 0;
  /** Stretches of `rest` around the quotes of the record that is being read. */
  let blanks: [from: number, to: number][] = [];
  /** Of the field: where its quote is, when blanks stand before it. */
  let opensAt: number | undefined;
  const newlines = finder(newline);
  const delimiters = finder(delimiter);
  const quotes = finder(quote);

  return {
    write: (text) => take(text, false),
    end: () => take('', true),
  };

  function take(text: string, last: boolean): Cut[] {
    rest = rest.slice(start) + text;
    at -= start;
    wentOnAt -= start;
    blanks = blanks.map(([from, to]) => [from - start, to - start]);
    if (opensAt !== undefined) opensAt -= start;
    start = 0;
    for (const one of [newlines, delimiters, quotes]) one.reset(rest);
    const cuts: Cut[] = [];
    while (start < rest.length || long) {
      const end = nextEnd(last);
      if (end === undefined) break;
      cuts.push(...cut(end));
    }
    if (rest.length - start > RECORD_CHARS) drop();
    return cuts;
  }

  /** The end of the record at `start`; undefined: more text is needed. */
  function nextEnd(last: boolean): number | undefined {
    for (;;) {
      const moved = step(last);
      if (moved !== 'on') return moved;
    }
  }

  function step(last: boolean): number | 'on' | undefined {
    const end = newlines.from(at);
    switch (state) {
      case 'field':
        if (quote !== undefined && at >= rest.length && !last) return undefined;
        if (at === start && rest[at] === MARK) {
          start += 1;
          at = start;
          return 'on';
        }
        return stepField(last);
      case 'plain': {
        // Most records have no quote, and are looked at no closer.
        const next = quotes.from(at) < end ? delimiters.from(at) : end;
        if (next < end) {
          at = next + delimiter.length;
          state = 'field';
          return 'on';
        }
        if (end < Infinity) return end;
        if (last) return rest.length;
        return undefined;
      }
      case 'quoted':
        return stepQuoted(last);
      case 'broken':
        if (end < Infinity) return end;
        return last ? rest.length : undefined;
    }
  }

  function stepField(last: boolean): 'on' | undefined {
    const begins = quote === undefined ? at : behindBlanks(at);
    if (begins === rest.length && begins > at && !last) return undefined;
    state = 'plain';
    if (quote !== undefined && rest[begins] === quote) {
      state = 'quoted';
      hasQuotes = true;
      opensAt = begins > at ? begins : undefined;
      if (begins > at) blanks.push([at, begins]);
      at = begins + 1;
    }
    return 'on';
  }

  function behindBlanks(from: number): number {
    let behind = from;
    while (isBlank(rest[behind]) && behind - from < MOST_BLANKS) behind += 1;
    return behind;
  }

  function isBlank(character: string | undefined): boolean {
    return (character === ' ' || character === '\t') && character !== delimiter;
  }

  /** Between the quotes of this field nothing stands that would end a field, or a record. */
  function isHarmless(close: number): boolean {
    if (opensAt === undefined || opensAt < start) return false;
    return [delimiter, newline].every((sign) => {
      const next = rest.indexOf(sign, opensAt);
      return next === -1 || next > close;
    });
  }

  function stepQuoted(last: boolean): number | 'on' | undefined {
    const close = quotes.from(at);
    if (close === Infinity) {
      at = rest.length;
      return last ? rest.length : undefined;
    }
    const after = close + 1;
    const behind = behindBlanks(after);
    // A doubled quote, a delimiter, or CR and LF may be cut in two here.
    if (!last && rest.length - behind < Math.max(2, delimiter.length)) {
      at = close;
      return undefined;
    }
    at = after;
    const isLast = behind === rest.length || rest[behind] === newline || rest[behind] === '\r';
    if (rest[after] === quote) {
      at = after + 1;
    } else if (isLast || rest.startsWith(delimiter, behind)) {
      if (behind > after) blanks.push([after, behind]);
      at = isLast ? behind : behind + delimiter.length;
      state = isLast ? 'plain' : 'field';
    } else if (isHarmless(close)) {
      // Behind a blank they may well be characters.
      blanks.pop();
      state = 'plain';
    } else {
      state = 'broken';
      wentOnAt = after;
    }
    return 'on';
  }

  function cut(end: number): Cut[] {
    const whole = rest.slice(start, end);
    const ended = end < rest.length;
    const begun = line;
    const lines = countOf(whole, newline) + (long?.lines ?? 0);
    const base: Cut = {
      line: begun,
      text: tidy(long ? long.text : whole),
      ...(blanks.length > 0 && { trimmed: tidy(withoutBlanks(end)) }),
      quoted: hasQuotes,
      ended,
    };
    const fault = long || whole.length > RECORD_CHARS ? tooLong(hasQuotes) : undefined;
    const broken = state === 'broken' && !fault;
    const cuts: Cut[] =
      state === 'quoted' && !ended
        ? [{ ...base, unclosed: true }]
        : broken
          ? brokenLines(whole, ended)
          : [fault === undefined ? base : { ...base, text: shortened(base.text), fault }];
    line += lines + 1;
    start = Math.min(end + 1, rest.length);
    at = start;
    state = 'field';
    hasQuotes = false;
    blanks = [];
    long = undefined;
    return cuts;
  }

  function withoutBlanks(end: number): string {
    let kept = '';
    let from = start;
    for (const [blank, behind] of blanks) {
      kept += rest.slice(from, blank);
      from = behind;
    }
    return kept + rest.slice(from, end);
  }

  function brokenLines(whole: string, ended: boolean): Cut[] {
    const place = line + countOf(rest.slice(start, wentOnAt), newline);
    return whole.split(newline).map((text, index) => ({
      line: line + index,
      text: shortened(tidy(text)),
      quoted: true,
      ended,
      fault:
        index === 0
          ? `has a quoted field that goes on behind its closing quote${place === line ? '' : ` in line ${place}`}; a quote within quotes is written twice`
          : `belongs to the record of line ${line}, whose quotes cannot be told apart`,
    }));
  }

  /** Nothing is kept of a record that is too long but its beginning. */
  function drop(): void {
    const keep = state === 'quoted' || state === 'field' ? at : Math.max(at, rest.length - delimiter.length);
    const dropped = rest.slice(start, keep);
    long ??= { text: shortened(dropped), lines: 0 };
    long.lines += countOf(dropped, newline);
    start = keep;
    at = keep;
    blanks = [];
  }

  function tidy(text: string): string {
    if (newline === '\r') return text.startsWith('\n') ? text.slice(1) : text;
    let end = text.length;
    while (text[end - 1] === '\r') end -= 1;
    return text.slice(0, end);
  }
}

function tooLong(quoted: boolean): string {
  const what = `is longer than ${RECORD_CHARS / 1024} Ki characters`;
  return quoted ? `${what}: is a closing quote missing?` : what;
}

function countOf(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

interface Finder {
  reset(text: string): void;
  /** The next place at or behind an index; Infinity without one. Each stretch of text is searched once. */
  from(index: number): number;
}

function finder(mark: string | undefined): Finder {
  let text = '';
  let found = -1;
  return {
    reset: (next) => {
      text = next;
      found = -1;
    },
    from: (index) => {
      if (mark === undefined) return Infinity;
      if (found < index) {
        const at = text.indexOf(mark, index);
        found = at === -1 ? Infinity : at;
      }
      return found;
    },
  };
}
