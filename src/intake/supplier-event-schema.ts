import { z } from 'zod';
import { EVENT_ID_BYTES, LOCATION_CHARACTERS, SKU_BYTES } from '../domain/identity.ts';
import { asItLooks } from '../domain/normalize.ts';
import { isStorable } from '../domain/safe-text.ts';
import { parseTime } from '../domain/time.ts';
import { utf8Length } from '../domain/utf8.ts';

/** What a PostgreSQL `integer` holds. */
const QUANTITY_MIN = -2_147_483_648;
const QUANTITY_MAX = 2_147_483_647;

/** Zeros after the decimal point have no meaning, and a text of a million of them no purpose. */
const TIME_CHARACTERS = 64;

const NOT_PRINTABLE = 'must not hold NUL, other control characters or lone surrogates';
const BAD_QUANTITY = `must be a whole number from ${QUANTITY_MIN} to ${QUANTITY_MAX}, written as a JSON number`;
const BAD_LOCATION = `must have 1 to ${LOCATION_CHARACTERS} characters`;

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
  .min(QUANTITY_MIN, BAD_QUANTITY)
  .max(QUANTITY_MAX, BAD_QUANTITY)
  .meta({ description: 'Below 0: oversold by so many; it counts as 0.' })
  // JSON has a -0, PostgreSQL and people have none.
  .transform((value) => (value === 0 ? 0 : value));

/** Compared as it stands from here on, so what looks the same has to be the same; upper and lower case differ. */
const location = z
  .string('must be a string')
  .refine(isStorable, NOT_PRINTABLE)
  .meta({
    minLength: 1,
    maxLength: LOCATION_CHARACTERS,
    description: 'The warehouse or shop whose stock it is, for suppliers who tell of each.',
  })
  .transform(asItLooks)
  .refine((text) => text !== '' && Array.from(text).length <= LOCATION_CHARACTERS, BAD_LOCATION);

const updatedAt = z
  .string(orMissing('must be a string: an RFC 3339 time with a zone'))
  .max(TIME_CHARACTERS, `must have at most ${TIME_CHARACTERS} characters`)
  .meta({
    format: 'date-time',
    description:
      'RFC 3339 with a zone and at most nine decimals of the second. It counts to the microsecond: further digits are ' +
      'kept, and compared with nothing.',
  })
  .transform((text, context) => {
    const time = parseTime(text);
    if (time.ok) return { at: time.at, sent: time.cut ? text : undefined };
    context.issues.push({ code: 'custom', input: text, message: time.fault });
    return z.NEVER;
  });

/**
 * What a supplier says of one item; `updatedAt` comes out in µs, beside the text where digits of it were cut. Other
 * fields are left out: see ignored-fields.ts.
 */
export const supplierEventSchema = z
  .object(
    { id: eventId.optional(), sku, quantity, updatedAt, location: location.nullish() },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
  )
  // Key by key: collecting the rest of an object takes a fifth of all that a row of a file costs.
  .transform(({ id, sku: item, quantity: figure, updatedAt: time, location: where }) => {
    const content = {
      sku: item,
      quantity: figure,
      updatedAt: time.at,
      updatedAtSent: time.sent,
      /** Empty: none is named. */
      location: where ?? '',
    };
    return named(content, id);
  });

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

function named<Content extends object>(
  content: Content,
  id: string | undefined,
): Content & { id?: string | undefined } {
  const event: Content & { id?: string | undefined } = content;
  if (id !== undefined) event.id = id;
  return event;
}
