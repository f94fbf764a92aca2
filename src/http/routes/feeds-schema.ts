import { z } from 'zod';
import { RUN_STATES, RUN_TRIGGERS } from '../../domain/feed-run.ts';
import type { RunStatus } from '../../feed/run/told-run.ts';
import type { FeedListed, FeedShown } from '../../feed/store/told-feed.ts';

const time = z.string().meta({ format: 'date-time' });

const feedListedSchema = z.object({
  ...{ tenant: z.string(), feed: z.string(), supplier: z.string(), version: z.int(), paused: z.boolean() },
  source: z.string().meta({ description: 'The kind of its source.' }),
  nextDueAt: time.nullable(),
  lastRun: z.object({ runId: z.string(), state: z.enum(RUN_STATES), createdAt: time }).nullable(),
  lastHeardAt: time.nullable().meta({ description: 'When its last file came, whatever became of it.' }),
}) satisfies z.ZodType<FeedListed>;

export const feedSchema = feedListedSchema
  .extend({
    document: z.unknown().meta({ description: 'See docs/feeds.md; ••• stands for secrets.' }),
    setBy: z.string(),
    setAt: time,
  })
  .meta({ id: 'Feed' }) satisfies z.ZodType<FeedShown>;

export const feedListSchema = z.object({ feeds: z.array(feedListedSchema) }).meta({ id: 'Feeds' });

const notice = z.object({ count: z.int(), lines: z.array(z.int()).meta({ description: 'The first ones.' }) });

/** What is to be known of a file's events beside what is refused. */
export const noticesSchema = z
  .object({
    malformed_sku: notice.optional(),
    clock_drift: notice.optional(),
    unknown_sku: notice.optional(),
    same_moment: notice.optional(),
  })
  .meta({
    description: 'Events that are taken, but will be rejected, wait for an alias, or are hardly meant so.',
  });

/** How a run of a feed stands. */
export const runStatusSchema = z
  .object({
    ...{ runId: z.string(), tenant: z.string(), feed: z.string(), feedVersion: z.int() },
    ...{ trigger: z.enum(RUN_TRIGGERS), requestedBy: z.string(), state: z.enum(RUN_STATES) },
    failure: z.string().nullable(),
    reasons: z
      .array(z.object({ guard: z.string(), reason: z.string() }))
      .meta({ description: 'Why it is or was held.' }),
    decision: z.object({ by: z.string(), reason: z.string() }).nullable(),
    file: z.object({
      ...{ name: z.string().nullable(), bytes: z.int(), sha256: z.string().nullable() },
      writtenAt: time.nullable(),
    }),
    found: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'Format, encoding and the like.' }),
    rows: z.object({ read: z.int(), refused: z.int(), recorded: z.int() }),
    refusals: z.record(z.string(), z.int()).meta({ description: 'How many were refused, by code.' }),
    notices: noticesSchema,
    events: z.object({ accepted: z.int(), duplicate: z.int(), conflict: z.int(), zeroed: z.int() }),
    newerRun: z
      .string()
      .nullable()
      .meta({ description: 'The run of a newer file that was before it, so that it zeroed nothing.' }),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'FeedRun' }) satisfies z.ZodType<RunStatus>;

/** Rows that were refused for the same reason. */
export const refusedAlikeSchema = z.object({
  ...{ code: z.string(), count: z.int(), reason: z.string().meta({ description: 'Of the first one.' }) },
  lines: z.array(z.int()).meta({ description: 'The first ones.' }),
});

export const runShownSchema = runStatusSchema
  .extend({ refused: z.array(refusedAlikeSchema) })
  .meta({ id: 'FeedRunShown' });

export const runListSchema = z.object({ runs: z.array(runStatusSchema) }).meta({ id: 'FeedRuns' });

export const decisionSchema = z
  .strictObject({
    reason: z.string().trim().min(1, 'must say why').max(500, 'must have at most 500 characters'),
  })
  .meta({ id: 'FeedDecision' });

/** Of what was asked for. */
export const askedRunSchema = z
  .object({ runId: z.string(), state: z.enum(RUN_STATES) })
  .meta({ id: 'FeedRunAsked' });

export type FeedList = z.output<typeof feedListSchema>;
export type Feed = z.output<typeof feedSchema>;
export type FeedRun = z.output<typeof runStatusSchema>;
export type FeedRunShown = z.output<typeof runShownSchema>;
export type FeedRunList = z.output<typeof runListSchema>;
export type FeedRunAsked = z.output<typeof askedRunSchema>;
