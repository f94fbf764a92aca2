import type { FeedDocument } from '../definition/feed-schema.ts';
import type { MappedField } from './compile-mapping.ts';
import { findColumn } from './columns.ts';
import { Fault } from './refusal.ts';
import type { Question, Sample } from './sample.ts';
import { namesPlace, rankOfName } from './known-names.ts';

export type ColumnsDraft = Partial<FeedDocument['columns']>;

type NamedField = Exclude<MappedField, 'id'>;

interface Candidate {
  /** As a definition names it. */
  name: string;
  /** What decides. */
  last: string;
}

const FIELDS: readonly NamedField[] = ['sku', 'quantity', 'updatedAt', 'location'];
const OWN = ['sku', 'quantity', 'updatedAt'];
const DEEPEST = 3;
const MOST_CHOICES = 20;

/** Columns by their names; of several that say the same, and of none, a question is left. */
export function guessColumns(sample: Sample): { columns: ColumnsDraft; questions: Question[] } {
  const columns: ColumnsDraft = {};
  const questions: Question[] = [];
  const candidates = candidatesOf(sample);
  for (const field of FIELDS) {
    const best = bestOf(field, candidates);
    if (best.length === 1 && best[0]) columns[field] = best[0].name;
    if (best.length > 1) questions.push(severalSay(field, best));
  }
  if (columns.quantity === undefined && !questions.some(({ path }) => path === 'columns.quantity')) {
    const places = columns.location === undefined ? guessPlaces(candidates, sample) : undefined;
    if (places) columns.quantity = places;
    else questions.push(noneSays('quantity', candidates));
  }
  if (columns.sku === undefined && !questions.some(({ path }) => path === 'columns.sku')) {
    questions.unshift(noneSays('sku', candidates));
  }
  // Elsewhere an id may be the item's, the same day after day, and name no event.
  const names = new Set(candidates.map(({ name }) => name));
  if (OWN.every((name) => names.has(name)) && names.has('id')) columns.id = 'id';
  return { columns, questions };
}

function candidatesOf(sample: Sample): Candidate[] {
  const { columns } = sample;
  if (!columns) return candidatesOfValues(sample);
  return columns.filter((name) => name.trim() !== '').map((name) => ({ name: name.trim(), last: name }));
}

/** How a document names the values of records that are no table's. */
export function namesOfValues(sample: Pick<Sample, 'rows' | 'format'>): string[] {
  return candidatesOfValues(sample).map(({ name }) => name);
}

/** Whether a record that is no table's has what seems to be a SKU and a quantity. */
export function looksLikeRow(value: unknown): boolean {
  const candidates = candidatesOfValues({
    rows: [{ line: 0, cells: undefined, value, text: '' }],
    format: 'json',
  });
  const has = (field: NamedField): boolean => bestOf(field, candidates).length > 0;
  return has('sku') && (has('quantity') || candidates.filter(({ name }) => namesPlace(name)).length > 1);
}

function candidatesOfValues({ rows, format }: Pick<Sample, 'rows' | 'format'>): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { value } of rows) {
    for (const steps of leavesOf(value, DEEPEST)) {
      const name = nameOf(steps, format === 'xml');
      found.set(name, { name, last: steps.findLast((step) => !/^#text$|^\d+$/.test(step)) ?? '' });
    }
  }
  return [...found.values()];
}

function leavesOf(value: unknown, depth: number): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Fault)
    return [[]];
  if (depth === 0) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    leavesOf(part, depth - 1).map((steps) => [key, ...steps]),
  );
}

function nameOf(steps: readonly string[], isXml: boolean): string {
  const path = steps.at(-1) === '#text' ? steps.slice(0, -1) : steps;
  if (path.length === 1 && path[0] !== undefined && !path[0].startsWith('/')) return path[0];
  if (isXml) return path.join('/');
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function bestOf(field: NamedField, candidates: readonly Candidate[]): Candidate[] {
  const ranked = candidates.flatMap((candidate) => {
    const rank = rankOfName(field, candidate.last);
    return rank === undefined ? [] : [{ candidate, rank }];
  });
  const least = Math.min(...ranked.map(({ rank }) => rank));
  return ranked.filter(({ rank }) => rank === least).map(({ candidate }) => candidate);
}

/** Two columns and more that are named as places, and hold figures. */
function guessPlaces(candidates: readonly Candidate[], sample: Sample): Record<string, string> | undefined {
  const places = candidates.filter(({ name }) => namesPlace(name) && holdsFigure(name, sample));
  if (places.length < 2 || places.some(({ name }) => Array.from(name).length > 40)) return undefined;
  return Object.fromEntries(places.map(({ name }) => [name, name]));
}

function holdsFigure(name: string, { rows, columns }: Sample): boolean {
  const found = findColumn(name, columns);
  return (
    found.ok &&
    rows.some((row) => {
      const value = found.read(row);
      return typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d/.test(value));
    })
  );
}

function severalSay(field: NamedField, best: readonly Candidate[]): Question {
  const choices = best.map(({ name }) => name);
  return { path: `columns.${field}`, why: `${choices.length} columns may be it`, choices };
}

function noneSays(field: NamedField, candidates: readonly Candidate[]): Question {
  const choices = candidates.slice(0, MOST_CHOICES).map(({ name }) => name);
  return { path: `columns.${field}`, why: 'no column has a name that is known for it', choices };
}
