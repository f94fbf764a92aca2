export interface ReadFigure {
  supplier: string;
  figure: number;
  /** Kept back of it. */
  less: number;
  eventIds: string[];
}

export interface ReadAtAGlance {
  itemId: string;
  quantity: number;
  figures: ReadFigure[];
  keptBack: number;
  /** The event of a correction that sets the item. */
  correction: string | undefined;
  /** What a reader adds up to. */
  comesTo: number;
}

/** Reads the first lines of a trace as somebody would who knows nothing else. @throws Error where they cannot be read */
export function readAtAGlance(head: string): ReadAtAGlance {
  const [, itemId = '', shown = '', rest = ''] = /^(\S+) is (\d+): (.*)$/.exec(head) ?? fail(head);
  const quantity = Number(shown);
  const [, corrected] = /^corrected to it \(([^)]+)\)/.exec(rest) ?? [];
  const nothing = { itemId, quantity, figures: [], keptBack: 0 };
  if (corrected !== undefined) return { ...nothing, correction: corrected, comesTo: quantity };
  if (rest.startsWith('no figure counts')) return { ...nothing, correction: undefined, comesTo: 0 };
  // What counts ends where others begin, or the sentence does; up to there it has to be within these lines.
  const [said] = /^.*?(?=[;.](?: |$))/.exec(rest) ?? fail(head);
  const [, made = '', kept, most] =
    /^(.*?)(?: − (\d+) kept back)?(?:, of which (\d+) at most are shown)?(?:, (?:the )?(?:first|lowest|newest)[^()]*)?$/.exec(
      said,
    ) ?? fail(head);
  const figures = terms(made).map(readFigure);
  const sum = figures.reduce((total, { figure, less }) => total + Math.max(0, figure - less), 0);
  const left = Math.max(0, sum - Number(kept ?? 0));
  return {
    ...{ itemId, quantity, figures },
    keptBack: Number(kept ?? 0),
    correction: undefined,
    comesTo: most === undefined ? left : Math.min(left, Number(most)),
  };
}

/** What stands between plus signs, but not between those within brackets. */
function terms(made: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let term = '';
  for (const word of made.split(' ')) {
    if (word === '+' && depth === 0) {
      found.push(term.trim());
      term = '';
      continue;
    }
    depth += word.split('(').length - word.split(')').length;
    term += ` ${word}`;
  }
  return [...found, term.trim()];
}

/** `acme 5 (e-17)`, `acme at north 5 (e-17)`, `acme 15 (north 12 (e-1) + south 3 (e-2)) less 1 kept back of it`. */
function readFigure(term: string): ReadFigure {
  const [, supplier = '', figure, of = '', less] =
    /^(\S+)(?: at \S+)? (\d+) \((.*)\)(?: less (\d+)(?: kept back of it)?)?$/.exec(term) ?? fail(term);
  const places = [...of.matchAll(/\d+ \(([^)]+)\)/g)].map(([, id]) => String(id));
  const eventIds = (places.length > 0 ? places : [of.replace(/ and \d+ more$| \+\d+$/, '')]).map((id) =>
    id.replace(/: oversold by \d+$/, ''),
  );
  return { supplier, figure: Number(figure), less: Number(less ?? 0), eventIds };
}

function fail(text: string): never {
  throw new Error(`cannot be read: ${text}`);
}
