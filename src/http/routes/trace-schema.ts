import { z } from 'zod';
import { FAILURE_MODES, type FailureMode } from '../../domain/failure-modes.ts';
import type { Trace } from '../../trace/trace.ts';

const time = z.string().meta({ format: 'date-time' });
const workflow = { workflowId: z.string(), workflowUrl: z.string() };
const rival = z.object({ supplier: z.string(), eventId: z.string() });

/** A trace as the API describes it; `catalog-sync trace --json` prints the same. */
export const traceSchema = z
  .object({
    answer: z.string().meta({ description: 'Plain words to give to a customer.' }),
    item: z
      .object({
        itemId: z.string(),
        tenant: z.string(),
        sku: z.string(),
        quantity: z.int(),
        version: z.int(),
        updatedAt: time,
        supplier: z.string(),
        eventId: z.string(),
      })
      .nullable(),
    versions: z.array(
      z.object({
        version: z.int(),
        quantity: z.int(),
        updatedAt: time,
        ...rival.shape,
        rule: z.string(),
        createdAt: time,
        publication: z.string(),
        publicationAt: time,
        replayId: z.string().nullable(),
      }),
    ),
    events: z.array(
      z.object({
        eventId: z.string(),
        supplier: z.string(),
        sku: z.string(),
        quantity: z.int(),
        updatedAt: time,
        receivedAt: time,
        outcome: z.enum(['pending', 'held', 'won', 'superseded', 'rejected', 'failed']),
        rule: z.string().nullable().meta({ description: 'Why, in words and figures.' }),
        lostTo: rival.nullable(),
        failureMode: z.enum(Object.keys(FAILURE_MODES) as [FailureMode, ...FailureMode[]]).nullable(),
        duplicates: z.int().meta({ description: 'Further deliveries of the id.' }),
        ...workflow,
      }),
    ),
    publishAttempts: z.array(
      z.object({
        version: z.int(),
        ...rival.shape,
        status: z.string(),
        startedAt: time,
        finishedAt: time.nullable(),
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
        touchedAt: time,
        ...workflow,
      }),
    ),
    storefront: z
      .union([z.object({ quantity: z.int(), version: z.int() }), z.object({ error: z.string() })])
      .nullable()
      .meta({ description: 'What the shop shows now; null without an address.' }),
  })
  .meta({ id: 'Trace' }) satisfies z.ZodType<Trace>;
