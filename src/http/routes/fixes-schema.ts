import { z } from 'zod';
import { SKU_BYTES } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { HIGHEST_QUANTITY } from '../../domain/stock.ts';
import { parseTime } from '../../domain/time.ts';
import { utf8Length } from '../../domain/utf8.ts';
import { reason } from './gate-schema.ts';

const time = z.string().meta({ format: 'date-time' });
const event = z.object({ supplier: z.string(), eventId: z.string() });
const explained = reason.meta({ description: 'Why; it stands in the trace and in the audit list.' });

/** What somebody says of an item by hand. Who does is the token's name. */
export const correctionSchema = z
  .strictObject({
    sku: z
      .string('must be a string')
      .min(1, 'must not be empty')
      .refine(isStorable, 'must not hold control characters')
      .refine((sku) => utf8Length(sku) <= SKU_BYTES, `must have at most ${SKU_BYTES} bytes`)
      .meta({ description: "It is normalized, as an event's would be." }),
    quantity: z
      .int('must be a whole number')
      .min(0, 'must not be below 0')
      .max(HIGHEST_QUANTITY, `must be at most ${HIGHEST_QUANTITY}`)
      .meta({ description: 'What the catalog is to say.' }),
    reason: explained,
    updatedAt: z
      .string('must be a string: an RFC 3339 time with a zone')
      .meta({ format: 'date-time', description: 'From when on it holds; now, unless given.' })
      .transform((text, context) => {
        const parsed = parseTime(text);
        if (parsed.ok) return parsed.at;
        context.issues.push({ code: 'custom', input: text, message: parsed.fault });
        return z.NEVER;
      })
      .optional(),
    newItem: z
      .boolean('must be true or false')
      .optional()
      .meta({ description: 'The item may be one of which nobody heard before.' }),
  })
  .meta({ id: 'CorrectionRequest' });

export const correctedSchema = z
  .object({
    itemId: z.string(),
    ...event.shape,
    workflowId: z.string(),
    quantity: z.int(),
    updatedAt: time,
    held: z.boolean().meta({ description: 'The tenant is closed: the correction waits for it.' }),
    losesTo: event
      .extend({ updatedAt: time })
      .nullable()
      .meta({ description: 'The event that it will lose to, as things stand.' }),
  })
  .meta({ id: 'Correction' });

/** Which event of a supplier is taken out of the contest. */
export const voidRequestSchema = z
  .strictObject({
    eventId: z
      .string('must be a string')
      .min(1, 'must not be empty')
      .max(1024, 'must have at most 1024 characters')
      .refine(isStorable, 'must not hold control characters'),
    reason: explained,
  })
  .meta({ id: 'VoidRequest' });

export const voidedSchema = z
  .object({
    itemId: z.string(),
    ...event.shape,
    workflowId: z.string(),
    voided: event,
    version: z.int().nullable().meta({ description: 'That it made; null: a customer sees no difference.' }),
    item: z
      .object({ quantity: z.int(), version: z.int(), updatedAt: time, ...event.shape })
      .nullable()
      .meta({ description: 'What the catalog says now; null: no event of it was decided.' }),
  })
  .meta({ id: 'Void' });

export type Correction = z.output<typeof correctedSchema>;
export type Void = z.output<typeof voidedSchema>;
