import { z } from 'zod';
import { REPLAY_FAILURE_MODES } from '../../domain/failure-modes.ts';
import { NAME } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { normalizeSku } from '../../domain/normalize.ts';
import { ITEM_OUTCOMES } from '../../domain/predict-item.ts';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';
import { REPLAY_STATES, WINDOW_TIMES } from '../../domain/replay.ts';
import { parseExactTime } from '../../domain/time.ts';

/** A moment in a request; it comes out in µs. */
export const momentSchema = z
  .string('must be a string: an RFC 3339 time with a zone')
  .max(64, 'must have at most 64 characters')
  .meta({ format: 'date-time' })
  .transform((text, context) => {
    const parsed = parseExactTime(text);
    if (parsed.ok) return parsed.at;
    context.issues.push({ code: 'custom', input: text, message: parsed.fault });
    return z.NEVER;
  });

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, `must be one of ${words.join(', ')}`);
}

/** What a replay is asked for with. Times come out in µs. */
export const replayRequestSchema = z
  .strictObject(
    {
      since: momentSchema.meta({ description: 'From this time on.' }),
      until: momentSchema.optional().meta({
        description: 'Before this time; now unless given, and at most now for the time of receipt.',
      }),
      by: oneOf(WINDOW_TIMES).default('received_at').meta({ description: 'Which time of an event counts.' }),
      supplier: z.string('must be a string').regex(NAME, 'must be the name of a supplier').optional(),
      sku: z
        .string('must be a string')
        .refine(isStorable, 'must not hold NUL, other control characters or lone surrogates')
        .max(256, 'must have at most 256 characters')
        .transform(normalizeSku)
        .refine((sku) => sku !== '', 'must not be empty')
        .optional(),
      outcome: oneOf(EVENT_OUTCOMES).optional(),
      failureMode: oneOf(REPLAY_FAILURE_MODES).optional(),
      rate: z
        .int('must be a whole number')
        .min(1, 'must be at least 1')
        .max(100_000, 'must be at most 100000')
        .optional()
        .meta({ description: 'Most events a second.' }),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
  )
  .meta({ id: 'ReplayRequest' });

const counts = z.record(z.string(), z.int());

/** How a replay stands. */
export const replayStatusSchema = z
  .object({
    replayId: z.string(),
    tenant: z.string(),
    state: z.enum(REPLAY_STATES),
    requestedBy: z.string(),
    by: z.enum(WINDOW_TIMES),
    since: z.string().meta({ format: 'date-time' }),
    until: z.string().meta({ format: 'date-time' }),
    supplier: z.string().nullable(),
    sku: z.string().nullable(),
    outcome: z.string().nullable(),
    failureMode: z.string().nullable(),
    stockRule: z
      .string()
      .nullable()
      .meta({ description: 'The stock rule whose change it carries out, in words.' }),
    rate: z.int().nullable(),
    createdAt: z.string().meta({ format: 'date-time' }),
    preparedAt: z.string().nullable().meta({ format: 'date-time' }),
    finishedAt: z.string().nullable().meta({ format: 'date-time' }),
    prunedAt: z
      .string()
      .nullable()
      .meta({ format: 'date-time', description: 'Its events and items were pruned; the counts stay.' }),
    events: z.object({
      total: z.int(),
      done: z.int(),
      failed: z.int(),
      outcomes: counts,
      failureModes: counts,
    }),
    items: z.object({ touched: z.int(), changed: z.int(), unchanged: z.int(), outcomes: counts }),
  })
  .meta({ id: 'Replay' });

/** The same with a page of what it did to items, sorted by id. */
export const replayWithItemsSchema = replayStatusSchema
  .extend({
    touchedItems: z.array(
      z.object({
        itemId: z.string(),
        outcome: z.enum(ITEM_OUTCOMES),
        changed: z.boolean(),
        versionBefore: z.int().nullable(),
        versionAfter: z.int().nullable(),
        publication: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ReplayWithItems' });

/** A replay in a list: what it was asked for, and how it stands. */
export const replayListSchema = z
  .object({
    replays: z.array(
      replayStatusSchema
        .omit({ events: true, items: true })
        .extend({ eventsTotal: z.int().meta({ description: 'Events in its window.' }) }),
    ),
  })
  .meta({ id: 'Replays' });

/** What a replay would do, by a dry run that changes nothing. */
export const predictionSchema = z
  .object({
    since: z.string().meta({ format: 'date-time' }),
    until: z.string().meta({ format: 'date-time' }),
    events: z.int().meta({ description: 'In the window.' }),
    rejected: z.int(),
    failureModes: counts.meta({ description: 'Of the rejected events.' }),
    items: counts.meta({ description: 'Items by what would become of them.' }),
    touchedItems: z
      .array(z.object({ itemId: z.string(), outcome: z.enum(ITEM_OUTCOMES), changed: z.boolean() }))
      .meta({ description: 'The first ones; those that would change come first.' }),
    rejectedEvents: z
      .array(
        z.object({ supplier: z.string(), eventId: z.string(), sku: z.string(), failureMode: z.string() }),
      )
      .meta({ description: 'The first ones.' }),
    startable: z.boolean().meta({ description: 'False for a closed tenant: it can be looked at only.' }),
  })
  .meta({ id: 'ReplayPrediction' });

export type ReplayRequestBody = z.input<typeof replayRequestSchema>;
export type Replay = z.output<typeof replayStatusSchema>;
export type ReplayWithItems = z.output<typeof replayWithItemsSchema>;
export type ReplayList = z.output<typeof replayListSchema>;
export type ReplayPrediction = z.output<typeof predictionSchema>;
