/** A document as somebody writes it: it may be none yet. */
export type Draft = Readonly<Record<string, unknown>>;

export type ParsedDraft = { ok: true; draft: Draft } | { ok: false; fault: string };

/** These say something by being there, even when they are empty. */
const KEPT = new Set(['source', 'columns', 'upload']);

export function textOf(draft: Draft): string {
  return JSON.stringify(draft, undefined, 2);
}

export function parseDraft(text: string): ParsedDraft {
  try {
    const value: unknown = JSON.parse(text);
    if (isMap(value)) return { ok: true, draft: value };
    return { ok: false, fault: 'It has to begin with { and to end with }.' };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : String(error) };
  }
}

/** What stands at `columns.sku`. */
export function valueAt(draft: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), draft);
}

/** A value as a line of text: empty where there is none. */
export function plainly(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The draft with another value at a place; undefined takes the key away, and the maps that it leaves empty. */
export function withValue(draft: Draft, path: string, value: unknown): Draft {
  const [key = '', ...rest] = path.split('.');
  const part = rest.length === 0 ? value : withValue(mapOf(draft[key]), rest.join('.'), value);
  if (part === undefined || (rest.length > 0 && isEmpty(part) && !KEPT.has(key))) {
    const { [key]: _gone, ...others } = draft;
    return others;
  }
  return { ...draft, [key]: part };
}

function mapOf(value: unknown): Draft {
  return isMap(value) ? value : {};
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0;
}

/** Whether a fault of the place `where` belongs to the field at `path`: its own, or one within its value. */
export function isAt(where: string, path: string): boolean {
  return where === path || where.startsWith(`${path}.`) || where.startsWith(`${path}[`);
}
