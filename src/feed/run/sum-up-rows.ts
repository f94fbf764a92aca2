import type { Notices } from '../../domain/file-notices.ts';
import { asItLooks } from '../../domain/normalize.ts';
import { isBad, type BadRow, type Row } from '../file/row.ts';
import { mapRow, type Place } from '../mapping/map-row.ts';
import type { Noticer } from './notices.ts';
import type { OpenedFile } from './open-file.ts';

/** In the place of a location that cannot be read; no location holds it. */
const ANY_LOCATION = '\u0001';
/** More than a SKU or a location may have. */
const KEY_CHARACTERS = 300;
/** Of a row that its format's rules do not let through. */
const UNREADABLE_ROW = 'unreadable_row';

export interface RefusedRow {
  line: number;
  code: string;
  reason: string;
  /** As it stood. */
  text: string;
}

/** What some rows of a file come to, as note_feed_rows takes it. */
export interface SummedRows {
  refused: number;
  figures: number;
  zeros: number;
  newestUs: bigint | undefined;
  codes: Record<string, number>;
  items: { sku: string; location: string; quantity?: number; updatedAtUs?: string }[];
  refusals: RefusedRow[];
  notices: Notices;
}

export function noRows(): SummedRows {
  return {
    ...{ refused: 0, figures: 0, zeros: 0, newestUs: undefined, codes: {} },
    ...{ items: [], refusals: [], notices: {} },
  };
}

/**
 * Maps rows without taking anything of them further. A row of which one part is refused is a refused one.
 *
 * @param sum of the rows before, which these are added to
 * @param notice is told of each event; see notices.ts
 */
export function sumUpRows(
  rows: readonly (Row | BadRow)[],
  { mapping, context }: Pick<OpenedFile, 'mapping' | 'context'>,
  sum: SummedRows = noRows(),
  notice?: Noticer,
): SummedRows {
  const refuse = (row: Row | BadRow, code: string, reason: string): void => {
    sum.codes[code] = (sum.codes[code] ?? 0) + 1;
    sum.refusals.push({ line: row.line, code, reason: storable(reason), text: storable(row.text) });
  };
  const name = ({ sku, location }: Place): void => {
    sum.items.push({
      sku: asKey(sku),
      location: location === undefined ? ANY_LOCATION : asKey(asItLooks(location)),
    });
  };
  for (const row of rows) {
    if (isBad(row)) {
      sum.refused += 1;
      refuse(row, UNREADABLE_ROW, row.fault);
      continue;
    }
    const { events, refusals, unsaid } = mapRow(row, mapping, context);
    if (refusals.length > 0) sum.refused += 1;
    for (const { code, reason, about } of refusals) {
      refuse(row, code, reason);
      if (about) name(about);
    }
    for (const place of unsaid) name(place);
    for (const event of events) {
      const { sku, quantity, updatedAt, location } = event;
      notice?.(event, row.line, sum.notices);
      sum.figures += 1;
      if (quantity <= 0) sum.zeros += 1;
      if (sum.newestUs === undefined || updatedAt > sum.newestUs) sum.newestUs = updatedAt;
      sum.items.push({ sku, location, quantity, updatedAtUs: updatedAt.toString() });
    }
  }
  return sum;
}

/** Of a row that is refused anything may come; a key of an index is short. What no event may be called names nothing. */
function asKey(text: string): string {
  return storable(text.slice(0, KEY_CHARACTERS));
}

/** PostgreSQL's text holds no NUL. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}');
}
