import { z } from 'zod';
import { LOCATION_CHARACTERS } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { keyed, wrongKind } from './keyed.ts';

const MOST_COLUMNS = 16_384;
const MOST_CHARACTERS = 500;
const MOST_NAMES = 10;

const COLUMN = "a column's name, its number from 1, or a list of them";
const PLACES = `${COLUMN}, or a map of locations of 1 to ${LOCATION_CHARACTERS} characters, each with one`;

export type SingleColumn = string | number;

/** A name in any case and spacing, a number from 1, a JSON pointer, an XML path; of a list, the first that is there. */
export type Column = SingleColumn | SingleColumn[];

/** Columns by their locations: one row speaks of each. */
export type Places = Record<string, Column>;

const column = z.custom<Column>(isColumn, { error: ({ input }) => wrongKind(input, COLUMN) });

export const columnsSchema = keyed({
  sku: column,
  quantity: z.custom<Column | Places>((value) => isColumn(value) || isMapOfPlaces(value), {
    error: ({ input }) => wrongKind(input, PLACES),
  }),
  updatedAt: column.optional(),
  location: column.optional(),
  id: column.optional(),
});

export function isPlaces(quantity: Column | Places): quantity is Places {
  return typeof quantity === 'object' && !Array.isArray(quantity);
}

function isColumn(value: unknown): boolean {
  if (!Array.isArray(value)) return isSingle(value);
  return value.length > 0 && value.length <= MOST_NAMES && value.every(isSingle);
}

function isSingle(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '' && value.length <= MOST_CHARACTERS;
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_COLUMNS;
}

function isMapOfPlaces(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([location, named]) => isLocation(location) && isColumn(named));
}

function isLocation(text: string): boolean {
  return text.trim() !== '' && isStorable(text) && Array.from(text).length <= LOCATION_CHARACTERS;
}
