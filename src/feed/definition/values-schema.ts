import { IANAZone } from 'luxon';
import { z } from 'zod';
import { keyed, nearest, oneOf, text, wrongKind } from './keyed.ts';
import { inspectFormat, NAMED_FORMATS } from './time-format.ts';

/** A time zone by its name. */
export const zone = text('the name of a time zone, such as Europe/Berlin').superRefine((name, context) => {
  if (IANAZone.isValidZone(name)) return;
  const near = nearest(name, Intl.supportedValuesOf('timeZone'));
  context.addIssue(
    near === undefined
      ? 'must be the name of a time zone, such as Europe/Berlin or UTC'
      : `must be the name of a time zone: did you mean ${near}?`,
  );
});

const format = text('a format such as dd.MM.yyyy HH:mm')
  .max(100, 'must have at most 100 characters')
  .superRefine((value, context) => {
    if ((NAMED_FORMATS as readonly string[]).includes(value)) return;
    const named = /^[a-z0-9]{3,}$/i.test(value) ? nearest(value, NAMED_FORMATS) : undefined;
    if (named !== undefined) {
      context.addIssue(`must be a format: did you mean ${named}?`);
      return;
    }
    const inspected = inspectFormat(value);
    if (!inspected.ok) context.addIssue(inspected.fault);
  });

const locale = text('a language such as de').refine(
  isLanguage,
  'must be a language such as de, as BCP 47 has it',
);

const FORMATS = 'must have 1 to 10 formats';

export const timesSchema = keyed({
  format: z
    .union([z.string(), z.array(z.string()).min(1, FORMATS).max(10, FORMATS)], {
      error: ({ input }) => wrongKind(input, 'a format such as dd.MM.yyyy HH:mm, or a list of them'),
    })
    .transform((value) => [value].flat())
    .pipe(z.array(format))
    .optional(),
  zone: zone.optional(),
  locale: locale.optional(),
  of: oneOf(['file', 'received', 'envelope']).optional(),
  field: text("the name of the envelope's field")
    .min(1, 'is empty')
    .max(500, 'must have at most 500 characters')
    .optional(),
});

const THOUSANDS = [',', '.', ' ', "'"] as const;

const sign = z.enum(['.', ','], { error: ({ input }) => wrongKind(input, '"." or ",", in quotes') });

const thousands = z.enum(THOUSANDS, {
  error: ({ input }) => wrongKind(input, 'one of "," "." " " and "\'", in quotes'),
});

/** What the schema of events takes. */
const MOST_OF_ITEM = 2_147_483_647;
const WORD = 'a whole number, or none, which says nothing of the item';

export const quantitiesSchema = keyed({
  decimal: sign.optional(),
  thousands: thousands.optional(),
  words: z
    .record(
      z.string(),
      z.custom<number | 'none'>(isFigure, { error: ({ input }) => wrongKind(input, WORD) }),
      { error: ({ input }) => wrongKind(input, `a map of words, each with ${WORD}`) },
    )
    .prefault({}),
});

export type TimeSettings = z.output<typeof timesSchema>;
export type QuantitySettings = z.output<typeof quantitiesSchema>;

function isFigure(value: unknown): boolean {
  return (
    value === 'none' ||
    (Number.isInteger(value) && Number(value) >= -MOST_OF_ITEM - 1 && Number(value) <= MOST_OF_ITEM)
  );
}

function isLanguage(name: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(name).length > 0;
  } catch {
    return false;
  }
}
