import { z } from 'zod';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';
import { SUPPLIER_STATES, TENANT_STATES } from '../../domain/flags.ts';
import { faultOfText, LONGEST_TEXT } from '../../domain/gate-text.ts';
import type { GateStatus } from '../../gate/gate-status.ts';
import type { RolledBack } from '../../gate/roll-back.ts';
import { CHECKLIST } from '../../domain/checklist.ts';
import { SIGNALS, VERDICTS } from '../../domain/signals.ts';
import { FINDING_KINDS } from '../../domain/sweep.ts';

const time = z.string().meta({ format: 'date-time' });
const verdict = z.enum(VERDICTS);

/** A condition that is not met, in a stable word and in a sentence that says what to do. */
const missingSchema = z
  .object({ condition: z.string(), detail: z.string() })
  .meta({ id: 'MissingCondition' });

const reading = z.object({
  value: z.number().nullable().meta({ description: 'A fraction of 1, or seconds; null without data.' }),
  valueText: z.string().meta({ description: 'Such as 0.31 %, 12.4 s or no data.' }),
  verdict,
  reason: z.string().meta({ description: 'What happened, in words.' }),
});

const watch = z
  .object({
    beganAt: time,
    watchedSeconds: z.number().meta({ description: 'Working time with every signal green.' }),
    neededSeconds: z.number().meta({ description: 'One business day.' }),
    calendarSeconds: z.number().meta({
      description: "A business day of the tenant's calendar: a setting may have shortened the one needed.",
    }),
    complete: z.boolean(),
    ended: z
      .boolean()
      .meta({ description: 'The launch is done: it stands as evidence, and nothing is added.' }),
    workingNow: z.boolean().meta({ description: "Whether it is working time in the tenant's calendar." }),
    lastMiss: z.object({ at: time, signal: z.enum(SIGNALS), reason: z.string() }).nullable(),
  })
  .meta({ id: 'GateWatch' });

/** Where a tenant's launch stands. */
export const gateStatusSchema = z
  .object({
    tenant: z.string(),
    state: z.enum(TENANT_STATES),
    rehearsal: z.boolean().meta({
      description: 'A rehearsal made the tenant: its business day is shortened, for it alone.',
    }),
    verdict: verdict.meta({ description: 'The worst of the signals; a miss before an inconclusive one.' }),
    sampledAt: time.nullable(),
    signals: z.array(
      reading.extend({
        signal: z.enum(SIGNALS),
        title: z.string(),
        target: z.string().meta({ description: 'Such as < 1 %.' }),
        owner: z.string(),
        onMiss: z.enum(['stop', 'hold']),
        since: time.nullable().meta({ description: 'From when on the verdict has been what it is.' }),
        whatToDo: z.string(),
        trend: z.array(z.object({ at: time, value: z.number().nullable(), verdict })),
        suppliers: z.array(reading.extend({ supplier: z.string() })),
        storefronts: z
          .array(
            reading.extend({
              storefront: z.string(),
              counts: z.boolean().meta({ description: 'The worst: what is said of the tenant is of it.' }),
            }),
          )
          .meta({ description: 'Of each open storefront, where several are told apart.' }),
      }),
    ),
    suppliers: z.array(
      z.object({
        supplier: z.string(),
        state: z.enum(SUPPLIER_STATES),
        heldEvents: z.int(),
        watch: watch.nullable().meta({ description: 'Its own, for one that was added after the launch.' }),
      }),
    ),
    checklist: z.array(
      z.object({
        name: z.enum(CHECKLIST),
        title: z.string(),
        evidence: z.string().meta({ description: 'What a reference has to be.' }),
        confirmedBy: z.string().nullable(),
        reference: z.string().nullable(),
        at: time.nullable(),
      }),
    ),
    watch: watch.nullable(),
    reviews: z.array(
      z.object({
        forSupplier: z.string().nullable().meta({
          description:
            "The closed supplier of an open tenant whose widening it counts for; null: the canary's own watch.",
        }),
        supplier: z.string(),
        eventId: z.string(),
        itemId: z.string(),
        sku: z.string(),
        outcome: z.enum(EVENT_OUTCOMES),
        sampledAt: time,
        explainedBy: z.string().nullable(),
        explanation: z.string().nullable(),
        approvedAt: time.nullable(),
      }),
    ),
    sendingAttempts: z
      .int()
      .meta({ description: 'Calls to the storefront that have not been answered yet.' }),
    lastSweep: z
      .strictObject({
        sweepId: z.string(),
        finishedAt: time,
        repair: z.boolean().meta({ description: 'Whether it mended what differed.' }),
        asked: z.int().meta({ description: 'Items that the storefront answered for.' }),
        unanswered: z.int(),
        drift: z
          .partialRecord(z.enum(FINDING_KINDS), z.int())
          .meta({ description: 'Items that it found to differ and did not mend, by kind.' }),
      })
      .nullable()
      .meta({
        description: 'The last completed look at everything that the storefront shows; null: none yet.',
      }),
    toOpen: z.array(missingSchema).meta({ description: 'What keeps the canary closed.' }),
    toWiden: z.array(missingSchema).meta({ description: 'What keeps further suppliers closed.' }),
  })
  .meta({ id: 'Gate' }) satisfies z.ZodType<GateStatus>;

export type { GateStatus };
export type MissingCondition = GateStatus['toOpen'][number];

/** Why somebody does something, for the audit list. */
export const reason = z
  .string('must be a string')
  .trim()
  .min(1, 'must not be empty')
  .max(LONGEST_TEXT, `must have at most ${LONGEST_TEXT} characters`)
  .superRefine((text, context) => {
    const fault = text === '' || text.length > LONGEST_TEXT ? undefined : faultOfText(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** Bodies of the gate's commands. Who acts is the token's name. */
export const openRequestSchema = z.strictObject({ suppliers: z.array(z.string()).min(1), reason });
export const widenRequestSchema = z.strictObject({ supplier: z.string(), reason });
export const rollbackRequestSchema = z.strictObject({ supplier: z.string().optional(), reason });
export const approveRequestSchema = z.strictObject({
  supplier: z.string(),
  eventId: z.string(),
  explanation: reason,
});
export const confirmRequestSchema = z.strictObject({ reference: reason });

/** What a rollback did; attempts begun before its commit may still arrive. */
export const rollbackAnswerSchema = z
  .object({
    tenant: z.string(),
    supplier: z.string().nullable(),
    committedAt: time,
    before: z.enum(TENANT_STATES),
    after: z.literal('closed'),
    sending: z.array(
      z.object({
        itemId: z.string(),
        version: z.int(),
        supplier: z.string(),
        eventId: z.string(),
        startedAt: time,
      }),
    ),
  })
  .meta({ id: 'Rollback' }) satisfies z.ZodType<RolledBack>;

export type RollbackAnswer = z.output<typeof rollbackAnswerSchema>;
