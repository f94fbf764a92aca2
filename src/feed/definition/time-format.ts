/** What stands in `times.format` for something else than tokens. */
export const NAMED_FORMATS = ['iso', 'rfc2822', 'epoch', 'epochMillis'] as const;

export type NamedFormat = (typeof NAMED_FORMATS)[number];

/** Luxon's tokens that read one thing, by what they read. */
const TOKENS: Readonly<Record<string, string>> = {
  ...each('year', ['yy', 'yyyy']),
  ...each('month', ['M', 'MM', 'MMM', 'MMMM', 'L', 'LL', 'LLL', 'LLLL']),
  ...each('day', ['d', 'dd']),
  ...each('day of the year', ['o', 'ooo']),
  ...each("week's year", ['kk', 'kkkk']),
  ...each('week', ['W', 'WW']),
  ...each('weekday', ['E', 'EEE', 'EEEE', 'c', 'ccc', 'cccc']),
  ...each('hour', ['H', 'HH']),
  ...each('hour of twelve', ['h', 'hh']),
  ...each('half of the day', ['a']),
  ...each('minute', ['m', 'mm']),
  ...each('second', ['s', 'ss']),
  ...each('decimals of the second', ['u', 'SSS']),
  ...each('zone', ['Z', 'ZZ', 'ZZZ', 'z']),
};

/** What people write who know the tokens of another library. */
const MEANT: Readonly<Record<string, string>> = {
  YYYY: 'yyyy',
  YY: 'yy',
  y: 'yyyy',
  D: 'd',
  DD: 'dd',
  T: "'T', in quotes",
  A: 'a',
  tt: 'a',
  S: 'u',
  SS: 'u',
  SSSS: 'u',
  SSSSSS: 'u',
  SSSSSSS: 'u',
  f: 'u',
  ff: 'u',
  fff: 'u',
  ffffff: 'u',
  fffffff: 'u',
  X: 'the format epoch',
  x: 'the format epochMillis',
  zzz: 'ZZ',
  K: 'ZZ',
};

/** Each needs all of its own, and one of them has to be there. */
const DAYS = [
  ['year', 'month', 'day'],
  ['year', 'day of the year'],
  ["week's year", 'week', 'weekday'],
] as const;

export interface FormatParts {
  /** Whether each text says its own zone. */
  hasZone: boolean;
  /** Without one, it stands for the day's beginning. */
  hasHour: boolean;
}

/** Whether Luxon reads exactly one moment by a format, but for its zone. */
export function inspectFormat(
  format: string,
): { ok: true; parts: FormatParts } | { ok: false; fault: string } {
  if (/%[a-zA-Z]/.test(format)) {
    return { ok: false, fault: 'is written for strftime; here it is written as dd.MM.yyyy HH:mm:ss' };
  }
  if ((format.split("'").length - 1) % 2 === 1) return { ok: false, fault: 'has a quote that is not closed' };
  const tokens = tokensOf(format);
  const unknown = tokens.find((token) => TOKENS[token] === undefined);
  if (unknown !== undefined) return { ok: false, fault: unknownToken(unknown) };
  const read = tokens.map((token) => TOKENS[token] ?? '');
  const fault = faultOfParts(read);
  if (fault !== undefined) return { ok: false, fault };
  return { ok: true, parts: { hasZone: read.includes('zone'), hasHour: read.some(isHour) } };
}

function unknownToken(token: string): string {
  const meant = MEANT[token];
  return meant === undefined
    ? `has ${token}, which reads nothing; letters that stand for themselves go in single quotes`
    : `has ${token}: did you mean ${meant}?`;
}

function faultOfParts(read: readonly string[]): string | undefined {
  const has = (part: string): boolean => read.includes(part);
  const twice = read.find((part, index) => read.indexOf(part) < index);
  if (twice !== undefined)
    return `has the ${twice} twice${twice === 'minute' || twice === 'month' ? ' (MM is the month, mm the minute)' : ''}`;
  if (!DAYS.some((parts) => parts.every(has))) {
    const minute = has('minute') && !has('month') ? ' (MM is the month, mm the minute)' : '';
    return `must have a year, a month and a day${minute}`;
  }
  if (
    DAYS.filter((parts) => parts.some((part) => part !== 'weekday' && part !== 'year' && has(part))).length >
    1
  ) {
    return 'has the day in more than one way';
  }
  if (has('hour of twelve') !== has('half of the day')) return 'must have h and a together, or H alone';
  if (has('hour') && has('hour of twelve')) return 'has the hour twice';
  if (has('minute') && !read.some(isHour)) return 'has a minute and no hour';
  if (has('second') && !has('minute')) return 'has a second and no minute';
  if (has('decimals of the second') && !has('second')) return 'has decimals of a second and no second';
  return undefined;
}

function isHour(part: string): boolean {
  return part === 'hour' || part === 'hour of twelve';
}

/** Runs of one letter outside quotes, as Luxon takes a format apart. */
function tokensOf(format: string): string[] {
  const unquoted = format.split("'").filter((_, index) => index % 2 === 0);
  return unquoted.flatMap((part) => part.match(/([a-zA-Z])\1*/g) ?? []);
}

function each(part: string, tokens: readonly string[]): Record<string, string> {
  return Object.fromEntries(tokens.map((token) => [token, part]));
}
