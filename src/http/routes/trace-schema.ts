import { z } from 'zod';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';
import { FAILURE_MODES, type FailureMode } from '../../domain/failure-modes.ts';
import type { Trace } from '../../trace/trace.ts';
import { itemSchema } from './item-schema.ts';
import { versionFields } from './version-schema.ts';

const time = z.string().meta({ format: 'date-time' });
const workflow = { workflowId: z.string(), workflowUrl: z.string() };
const rival = z.object({ supplier: z.string(), eventId: z.string() });
const why = z.object({ startedAt: time, reason: z.string().nullable() });
const workflowHistory = z.enum(['unknown', 'kept', 'expired', 'none']).meta({
  description: 'Whether Temporal still has the workflow; only the command line asks.',
});
const silent = z.object({
  kind: z.enum(['no answer', 'unknown item']).meta({
    description: 'unknown item: the storefront answered that it does not know the item.',
  }),
  error: z.string(),
});
const { replayId, causedBy, ...said } = versionFields;

/** A trace as the API describes it; `catalog-sync trace --json` prints the same. */
export const traceSchema = z
  .object({
    answer: z.string().meta({ description: 'Plain words to give to a customer.' }),
    item: itemSchema.nullable(),
    versions: z.array(
      z.object({
        ...said,
        publication: z.string(),
        publicationAt: time,
        replayId,
        causedBy,
      }),
    ),
    events: z.array(
      z.object({
        eventId: z.string(),
        supplier: z.string(),
        kind: z.enum(['update', 'correction', 'void', 'expiry']),
        actor: z.string().nullable().meta({ description: 'Who made a manual fix.' }),
        reason: z.string().nullable().meta({ description: 'Why it was made.' }),
        location: z.string().nullable().meta({ description: 'The warehouse or shop; null: none is named.' }),
        sku: z.string(),
        quantity: z
          .int()
          .meta({ description: 'As it arrived, or in pieces by its alias; below 0: oversold, counts as 0.' }),
        updatedAt: time,
        updatedAtSent: z.string().nullable().meta({
          description: 'As it was sent, when digits finer than a microsecond were cut: they decide nothing.',
        }),
        cameBy: z.string().nullable().meta({
          description:
            'Line, file and run of a feed, or that it was missing from a snapshot; null: it came by itself.',
        }),
        alias: z.string().nullable().meta({
          description:
            "By which alias its supplier's code became the SKU, or that it waits for one; null: it names a SKU.",
        }),
        receivedAt: time,
        outcome: z.enum(EVENT_OUTCOMES),
        rule: z.string().nullable().meta({ description: 'Why, in words and figures.' }),
        lostTo: rival.nullable(),
        voids: rival
          .nullable()
          .meta({ description: 'What a void takes out of the contest; the figure that an expiry ends.' }),
        voidedBy: rival.extend({ actor: z.string(), reason: z.string(), at: time }).nullable(),
        failureMode: z.enum(Object.keys(FAILURE_MODES) as [FailureMode, ...FailureMode[]]).nullable(),
        duplicates: z.int().meta({ description: 'Further deliveries of the id with the same content.' }),
        conflicts: z
          .int()
          .meta({ description: 'Further deliveries of the id with another content: refused.' }),
        deliveries: z
          .array(z.object({ receivedAt: time, conflict: z.boolean() }))
          .meta({ description: 'The newest of both.' }),
        warning: z.string().nullable().meta({ description: 'What is hardly meant as it was sent.' }),
        workflowHistory,
        ...workflow,
        spansUrl: z.string().nullable().meta({
          description:
            'Where its spans are seen; null: TRACE_UI_URL is not set, or it came while tracing was off.',
        }),
      }),
    ),
    publishAttempts: z.array(
      z.object({
        version: z.int(),
        ...rival.shape,
        storefront: z.string().meta({ description: 'The name of the one that was told.' }),
        status: z.string(),
        startedAt: time,
        finishedAt: time.nullable(),
        latencyMs: z.number().nullable(),
        httpStatus: z.int().nullable(),
        reason: z.string().nullable(),
        messageId: z.string(),
        replayId: z.string().nullable(),
        ...workflow,
      }),
    ),
    replays: z.array(
      z.object({
        replayId: z.string(),
        state: z.string(),
        requestedBy: z.string(),
        supplier: z.string().nullable(),
        since: time,
        until: time,
        stockRule: z
          .string()
          .nullable()
          .meta({ description: 'The stock rule whose change it carries out, in words.' }),
        touchedAt: time,
        outcome: z.string().nullable().meta({ description: 'What it did to the item.' }),
        versionBefore: z.int().nullable(),
        versionAfter: z.int().nullable(),
        workflowHistory,
        ...workflow,
      }),
    ),
    storefront: z
      .union([z.object({ quantity: z.int(), version: z.int() }), silent])
      .nullable()
      .meta({ description: 'What the first open storefront was read to show now; null without an address.' }),
    storefronts: z
      .array(
        z.object({
          name: z.string(),
          kind: z.string(),
          state: z.string(),
          place: z.int().meta({ description: 'Those of a lower place are told first.' }),
          told: z
            .object({
              version: z.int(),
              quantity: z.int(),
              status: z.string(),
              at: time,
              reason: z.string().nullable(),
            })
            .nullable()
            .meta({ description: 'The last call that told it of the item, by when that began.' }),
          accepted: z
            .object({ version: z.int(), at: time })
            .nullable()
            .meta({ description: 'The highest version that it accepted.' }),
          failedTries: z.int().meta({
            description: "Calls that failed one after the other, up to now, with the catalog's version.",
          }),
          waitsFor: z.array(z.string()).meta({
            description: "Storefronts that have to accept the catalog's version before it is told of that.",
          }),
          shows: z
            .union([
              z.object({
                quantity: z.int(),
                version: z.int(),
                wrong: z.enum(['old_quantity_shown', 'wrong_quantity_shown']).nullable(),
              }),
              silent,
            ])
            .nullable()
            .meta({ description: 'What it was read to show now; null when closed, or without an address.' }),
        }),
      )
      .meta({ description: 'All of the tenant, in the order in which they are told.' }),
    publication: z
      .object({
        version: z.int(),
        state: z.string(),
        at: time,
        failedTries: z.int().meta({ description: 'Tries that failed one after the other, up to now.' }),
        lastTry: z
          .object({
            status: z.string(),
            startedAt: time,
            httpStatus: z.int().nullable(),
            reason: z.string().nullable(),
          })
          .nullable(),
        lastFailure: why.nullable().meta({ description: 'The last try that failed.' }),
        refusal: why.nullable().meta({ description: 'The last time that the storefront said no to it.' }),
        replayId: z.string().nullable().meta({
          description: 'The replay that tells of it again now, after a refusal or when the tries had ended.',
        }),
        nextTryAt: time.nullable().meta({
          description: 'Null when none comes, and when nobody asked Temporal; only the command line asks.',
        }),
      })
      .nullable()
      .meta({ description: 'How far the version that the catalog has is published.' }),
  })
  .meta({ id: 'Trace' }) satisfies z.ZodType<Trace>;

export type TraceAnswer = z.output<typeof traceSchema>;
