import { z } from 'zod';
import { NAME } from '../../domain/identity.ts';
import { FORMATS } from '../file/row.ts';
import { columnsSchema } from './columns-schema.ts';
import { faultOfCron } from './cron.ts';
import { keyed, oneOf, text, wrongKind } from './keyed.ts';
import { sourceSchema } from './source-schema.ts';
import { spanSeconds } from './span.ts';
import { quantitiesSchema, timesSchema, zone } from './values-schema.ts';

const name = text('a name').regex(NAME, 'must be 1 to 40 of a-z, 0-9 and "-"');

const DAY = 86_400;

/** `90s`, `15m`, `26h`, `7d`, in seconds. */
function span(least: number, most: number, limits: string) {
  const wanted = `a number with s, m, h or d, ${limits}, such as 26h`;
  return z.string({ error: ({ input }) => wrongKind(input, wanted) }).transform((value, context) => {
    const seconds = spanSeconds(value) ?? Number.NaN;
    if (seconds >= least && seconds <= most) return seconds;
    context.addIssue(`must be ${wanted}`);
    return z.NEVER;
  });
}

const cron = keyed({
  cron: text('five fields').superRefine((line, context) => {
    const fault = faultOfCron(line);
    if (fault !== undefined) context.addIssue(fault);
  }),
  zone,
});

const spanOfRuns = span(10, 31 * DAY, 'from 10s to 31d');

/** Chosen by kind, because of a union only one finding is said. */
const every = z.unknown().transform((value, context): number | z.output<typeof cron> => {
  const isMap = typeof value === 'object' && value !== null;
  const parsed = isMap ? cron.safeParse(value) : spanOfRuns.safeParse(value);
  if (parsed.success) return parsed.data;
  context.issues.push(
    ...parsed.error.issues.map((issue) => ({ ...issue, input: value }) as z.core.$ZodRawIssue),
  );
  return z.NEVER;
});

const PERCENT = 'a share such as 30%, from 0% to 100%';

/** `30%`, as 0.3. */
const percent = z.string({ error: ({ input }) => wrongKind(input, PERCENT) }).transform((value, context) => {
  const match = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(value);
  const share = match ? Number(match[1]) / 100 : Number.NaN;
  if (share <= 1) return share;
  context.addIssue(`must be ${PERCENT}`);
  return z.NEVER;
});

const whole = (least: number, most: number) => {
  const wanted = `a whole number from ${least} to ${most}`;
  return z
    .int({ error: ({ input }) => wrongKind(input, wanted) })
    .min(least, `must be ${wanted}`)
    .max(most, `must be ${wanted}`);
};

const guards = keyed({
  lost: percent.optional(),
  toZero: percent.optional(),
  refused: percent.optional(),
  unheard: percent.optional(),
  fewest: whole(0, 1_000_000_000).optional(),
});

const DELIMITER = 'one character in quotes, such as ";" or "\\t"';
const QUOTE = 'one character in quotes, or none';

/** A feed as a document says it, each key for itself: what they say together is in cross-faults.ts. Where a default depends on other keys, it is given where it is used. */
export const feedSchema = keyed({
  feed: name,
  supplier: name,
  source: sourceSchema,
  every: every.optional(),
  format: oneOf(FORMATS).optional(),
  encoding: text('the name of an encoding, such as windows-1252')
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{1,39}$/, 'must be the name of an encoding, such as windows-1252')
    .optional(),
  delimiter: text(DELIMITER)
    .regex(/^[^\n\r]$/u, `must be ${DELIMITER}`)
    .optional(),
  quote: text(QUOTE)
    .regex(/^(?:none|[^\n\r])$/u, `must be ${QUOTE}`)
    .optional(),
  header: whole(0, 1000).optional(),
  sheet: text('the name of a sheet')
    .min(1, 'is empty')
    .max(100, 'must have at most 100 characters')
    .optional(),
  rows: text('the path of the repeated element')
    .min(1, 'is empty')
    .max(500, 'must have at most 500 characters')
    .optional(),
  entry: text('the name of a file in the ZIP, such as stock-*.csv')
    .min(1, 'is empty')
    .max(500, 'must have at most 500 characters')
    .optional(),
  columns: columnsSchema,
  times: timesSchema.prefault({}),
  quantities: quantitiesSchema.prefault({}),
  kind: oneOf(['snapshot', 'delta']).default('delta'),
  guards: guards.prefault({}),
  expected: span(10, 366 * DAY, 'from 10s to 366d').optional(),
});

export type FeedDefinition = z.output<typeof feedSchema>;

/** As people write it. */
export type FeedDocument = z.input<typeof feedSchema>;

export type FeedKind = FeedDefinition['kind'];

/** Those that were set: see judge-file.ts for the others. */
export type GuardSettings = FeedDefinition['guards'];
