import { z } from 'zod';
import { EVENT_ID_BYTES, SKU_BYTES } from '../domain/identity.ts';
import { isStorable } from '../domain/safe-text.ts';
import { parseTime } from '../domain/time.ts';
import { utf8Length } from '../domain/utf8.ts';

/** The greatest quantity: what a PostgreSQL `integer` holds. */
const QUANTITY_MAX = 2_147_483_647;

/** Zeros after the decimal point have no meaning, and a text of a million of them no purpose. */
const TIME_CHARACTERS = 64;

const NOT_PRINTABLE = 'must not hold NUL, other control characters or lone surrogates';
const BAD_QUANTITY = `must be a whole number from 0 to ${QUANTITY_MAX}, written as a JSON number`;

/** Says of a required field whether it is missing, or of the wrong kind. */
function orMissing(otherwise: string) {
  return { error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is missing' : otherwise) };
}

const eventId = z
  .string('must be a string')
  .refine(isStorable, NOT_PRINTABLE)
  .refine(fitsEventId, `must have 1 to ${EVENT_ID_BYTES} bytes in UTF-8`)
  .meta({ minLength: 1, maxLength: EVENT_ID_BYTES, description: 'Unique within the supplier.' });

const sku = z
  .string(orMissing('must be a string'))
  .refine(isStorable, NOT_PRINTABLE)
  .refine((text) => utf8Length(text) <= SKU_BYTES, `must have at most ${SKU_BYTES} bytes in UTF-8`)
  .meta({ maxLength: SKU_BYTES, description: "Held against the supplier's SKU rule later, not here." });

const quantity = z
  .int(orMissing(BAD_QUANTITY))
  .min(0, BAD_QUANTITY)
  .max(QUANTITY_MAX, BAD_QUANTITY)
  // JSON has a -0, PostgreSQL and people have none.
  .transform((value) => (value === 0 ? 0 : value));

const updatedAt = z
  .string(orMissing('must be a string: an RFC 3339 time with a zone'))
  .max(TIME_CHARACTERS, `must have at most ${TIME_CHARACTERS} characters`)
  .meta({ format: 'date-time', description: 'RFC 3339 with a zone and at most six decimals of the second.' })
  .transform((text, context) => {
    const time = parseTime(text);
    if (time.ok) return time.at;
    context.issues.push({ code: 'custom', input: text, message: time.fault });
    return z.NEVER;
  });

/** What a supplier says of one item; `updatedAt` comes out in µs. */
export const supplierEventSchema = z.strictObject(
  { id: eventId.optional(), sku, quantity, updatedAt },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
);

export type SupplierEventContent = z.output<typeof supplierEventSchema>;

/** The most events that one delivery holds. */
export const DELIVERY_EVENTS = 500;

/** For the API's description; the intake checks an array's length before it looks at the elements. */
export const supplierEventsSchema = z.union([
  supplierEventSchema,
  z.array(supplierEventSchema).min(1).max(DELIVERY_EVENTS),
]);

/** Whether a text can be an event's id as far as its length goes. */
export function fitsEventId(text: string): boolean {
  const bytes = utf8Length(text);
  return bytes >= 1 && bytes <= EVENT_ID_BYTES;
}
