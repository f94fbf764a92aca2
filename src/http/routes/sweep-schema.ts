import { z } from 'zod';
import { FINDING_KINDS, SWEEP_PHASES, SWEEP_STATES, SWEEP_WAYS } from '../../domain/sweep.ts';
import type { Finding } from '../../sweep/read-findings.ts';
import type { SweepStatus } from '../../sweep/sweep-status.ts';

const time = z.string().meta({ format: 'date-time' });

/** What a sweep is asked for with. */
export const sweepRequestSchema = z
  .strictObject(
    {
      repair: z
        .boolean('must be true or false')
        .default(false)
        .meta({ description: 'Whether what differs is published anew.' }),
      rate: z
        .int('must be a whole number')
        .min(1, 'must be at least 1')
        .max(10_000, 'must be at most 10000')
        .optional()
        .meta({ description: 'Most items a second, where they are asked for one by one.' }),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
  )
  .meta({ id: 'SweepRequest' });

/** How a sweep stands. */
export const sweepStatusSchema = z
  .object({
    sweepId: z.string(),
    tenant: z.string(),
    state: z.enum(SWEEP_STATES),
    phase: z.enum(SWEEP_PHASES),
    repair: z.boolean(),
    requestedBy: z.string(),
    rate: z.int(),
    way: z.enum(SWEEP_WAYS).nullable().meta({ description: "By the storefront's list, or item by item." }),
    wayReason: z.string().nullable(),
    createdAt: time,
    finishedAt: time.nullable(),
    failure: z.string().nullable(),
    silence: z
      .object({ since: time, reason: z.string() })
      .nullable()
      .meta({ description: 'Since when a storefront has not answered; of several, the reason names it.' }),
    passedOver: z
      .array(z.string())
      .meta({ description: 'Storefronts that were left out because they did not answer for an hour.' }),
    items: z.object({ total: z.int().nullable(), done: z.int(), asked: z.int(), unanswered: z.int() }),
    findings: z.object({ total: z.int(), repaired: z.int(), mended: z.int() }),
    drift: z
      .partialRecord(z.enum(FINDING_KINDS), z.int())
      .meta({ description: 'What is not mended, by kind.' }),
  })
  .meta({ id: 'Sweep' }) satisfies z.ZodType<SweepStatus>;

const pair = z.object({ version: z.int(), quantity: z.int() }).nullable();

/** The same with a page of what it found, sorted by item and storefront. */
export const sweepWithFindingsSchema = sweepStatusSchema
  .extend({
    foundItems: z.array(
      z.object({
        itemId: z.string(),
        storefront: z.string().meta({ description: 'By whose page.' }),
        kind: z.enum(FINDING_KINDS),
        foundAt: time,
        ledger: pair,
        acceptedVersion: z.int().nullable(),
        shown: pair,
        repairedVersion: z.int().nullable(),
        mendedAt: time.nullable(),
        note: z.string().nullable(),
      }) satisfies z.ZodType<Finding>,
    ),
  })
  .meta({ id: 'SweepWithFindings' });

export const sweepListSchema = z.object({ sweeps: z.array(sweepStatusSchema) }).meta({ id: 'Sweeps' });
