import type { FeedKind, GuardSettings } from '../definition/feed-schema.ts';

/** What a file came to, before any of its figures counts. */
export interface FileCounts {
  /** Records read, those that were refused and those that say nothing included. */
  rows: number;
  refused: number;
  /** Events that its rows gave, and those of them whose quantity is 0 or below. */
  figures: number;
  zeros: number;
  /** Median of the rows of the last accepted runs; undefined: there is none. */
  usualRows?: number | undefined;
  /** Standing figures of this supplier above 0; of an item at two locations, two. */
  above0: number;
  /** Those of them that would become 0, by a figure or by absence. */
  zeroed: number;
  /** Items that the supplier has named before this file. */
  known: number;
  /** Items of the file. */
  items: number;
  /** Those of them that the supplier never named before. */
  unheard: number;
  /** Sentences without a full stop: `columns.sku: the file has no column "Artikelnr"`. */
  columnFaults: readonly string[];
  /** The same of what its rows can be read without: `columns.location: no row of the file has "Lager"`. */
  absentColumns: readonly string[];
}

export const GUARDS = [
  'columns',
  'absent',
  'fewest',
  'lost',
  'refused',
  'allZero',
  'toZero',
  'unheard',
] as const;

export type Guard = (typeof GUARDS)[number];

export type FileVerdict =
  { verdict: 'pass' } | { verdict: 'held'; reasons: { guard: Guard; reason: string }[] };

interface Limits {
  lost: number | undefined;
  toZero: number;
  refused: number;
  unheard: number;
  fewest: number;
}

/** What holds where a definition says nothing. How many rows a delta has, says nothing. */
export const USUAL_LIMITS: Readonly<Record<FeedKind, Limits>> = {
  snapshot: { lost: 0.3, toZero: 0.2, refused: 0.05, unheard: 0.5, fewest: 1 },
  delta: { lost: undefined, toZero: 0.2, refused: 0.05, unheard: 0.5, fewest: 1 },
};

/** Of fewer, one alone is more than most shares, and no sign of a broken export. */
const FEW = 10;
/** One item may be sold out; that all of two are at once is hardly meant. */
const FEWEST_ALL_ZERO: Readonly<Record<FeedKind, number>> = { snapshot: 2, delta: FEW };
/** Of a supplier that has named fewer items than `share`, the next file may be the first whole one; but it names some of them. */
const KNOWN_ITEMS = { share: 10, none: 5 };

/** Whether the figures of a file may flow, or somebody has to look first; every reason, in words. */
export function judgeFile(
  counts: FileCounts,
  { kind, guards }: { kind: FeedKind; guards: GuardSettings },
): FileVerdict {
  const limits = { ...USUAL_LIMITS[kind], ...withoutUnset(guards) };
  const found: [Guard, string | undefined][] = [
    ['columns', listed(counts.columnFaults)],
    ['absent', listed(counts.absentColumns)],
    ['fewest', fewestReason(counts, limits)],
    ['lost', lostReason(counts, limits)],
    ['refused', refusedReason(counts, limits)],
    ['allZero', allZeroReason(counts, kind)],
    ['toZero', toZeroReason(counts, limits)],
    ['unheard', unheardReason(counts, limits)],
  ];
  const reasons = found.flatMap(([guard, reason]) => (reason === undefined ? [] : [{ guard, reason }]));
  return reasons.length === 0 ? { verdict: 'pass' } : { verdict: 'held', reasons };
}

function listed(faults: readonly string[]): string | undefined {
  return faults.length === 0 ? undefined : faults.join('; ');
}

function fewestReason({ rows }: FileCounts, { fewest }: Limits): string | undefined {
  if (rows >= fewest) return undefined;
  return rows === 0 ? 'the file has no rows' : `${number(rows)} rows: fewer than ${number(fewest)}`;
}

function lostReason({ rows, usualRows }: FileCounts, { lost }: Limits): string | undefined {
  if (lost === undefined || usualRows === undefined || rows === 0) return undefined;
  const missing = usualRows - rows;
  if (isOneOfFew(missing, usualRows, lost) || !exceeds(missing, usualRows, lost)) return undefined;
  return `${number(rows)} rows, where ${number(usualRows)} are usual: more than ${share(lost)} fewer`;
}

function refusedReason({ rows, refused }: FileCounts, limits: Limits): string | undefined {
  if (!exceeds(refused, rows, limits.refused)) return undefined;
  return `${number(refused)} of ${number(rows)} rows are refused: more than ${share(limits.refused)}`;
}

function allZeroReason(counts: FileCounts, kind: FeedKind): string | undefined {
  const { figures, zeros, above0, zeroed } = counts;
  if (figures === 0 || zeros < figures) return undefined;
  if (figures >= FEWEST_ALL_ZERO[kind]) return `all of its ${number(figures)} figures are 0`;
  if (above0 < 2 || zeroed < above0) return undefined;
  return `nothing of it is above 0, and all ${number(above0)} figures in stock would go to 0`;
}

function toZeroReason({ above0, zeroed }: FileCounts, { toZero }: Limits): string | undefined {
  if (isOneOfFew(zeroed, above0, toZero) || !exceeds(zeroed, above0, toZero)) return undefined;
  return `${number(zeroed)} of ${number(above0)} figures would go to 0: more than ${share(toZero)}`;
}

function unheardReason({ known, items, unheard }: FileCounts, limits: Limits): string | undefined {
  if (isOneOfFew(unheard, items, limits.unheard) || !exceeds(unheard, items, limits.unheard))
    return undefined;
  if (known < (unheard === items ? KNOWN_ITEMS.none : KNOWN_ITEMS.share)) return undefined;
  return (
    `${number(unheard)} of ${number(items)} items were never named by this supplier before: more than ` +
    `${share(limits.unheard)}; the SKUs may be from another column`
  );
}

/** Who sets 0% wants to look at each. */
function isOneOfFew(part: number, whole: number, limit: number): boolean {
  return part === 1 && whole < FEW && limit > 0;
}

function exceeds(part: number, whole: number, limit: number): boolean {
  // By whole numbers: 0.05 * 20 is a little more than 1.
  return whole > 0 && part * 1_000_000 > Math.round(limit * 1_000_000) * whole;
}

function share(limit: number): string {
  return `${Number((limit * 100).toFixed(4))} %`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

function withoutUnset(guards: GuardSettings): Partial<Limits> {
  return Object.fromEntries(Object.entries(guards).filter(([, value]) => value !== undefined));
}
