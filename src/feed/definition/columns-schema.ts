import { z } from 'zod';
import { LOCATION_CHARACTERS } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { keyed, wrongKind } from './keyed.ts';

const MOST_COLUMNS = 16_384;
const COLUMN = "a column's name, its number from 1, or a list of them";
const PLACES = `${COLUMN}, or a map of locations, each with one`;

const one = z.union([z.string().trim().min(1).max(500), z.int().min(1).max(MOST_COLUMNS)]);

/** A name in any case and spacing, a number from 1, a JSON pointer, an XML path; of a list, the first that is there. */
const column = z.union([one, z.array(one).min(1).max(10)], {
  error: ({ input }) => wrongKind(input, COLUMN),
});

/** One row then speaks of each location. */
const places = z
  .record(z.string(), column)
  .refine((map) => Object.keys(map).length > 0)
  .refine((map) => Object.keys(map).every(isLocation));

export const columnsSchema = keyed({
  sku: column,
  quantity: z.union([column, places], {
    error: ({ input }) => wrongKind(input, `${PLACES} of 1 to ${LOCATION_CHARACTERS} characters`),
  }),
  updatedAt: column.optional(),
  location: column.optional(),
  id: column.optional(),
});

export type SingleColumn = z.output<typeof one>;
export type Column = z.output<typeof column>;
export type Columns = z.output<typeof columnsSchema>;

/** A map from locations to columns, or one column. */
export function isPlaces(quantity: Columns['quantity']): quantity is z.output<typeof places> {
  return typeof quantity === 'object' && !Array.isArray(quantity);
}

function isLocation(text: string): boolean {
  return text.trim() !== '' && isStorable(text) && Array.from(text).length <= LOCATION_CHARACTERS;
}
