import { z } from 'zod';
import { SUPPLIER_STATES, TENANT_STATES } from '../../domain/flags.ts';
import { figureExpiresSchema, stockRuleChangeSchema, stockRuleSchema } from './stock-rule-schema.ts';

/** When a supplier was last heard from. */
const lastHeardSchema = z
  .object({
    at: z.string().meta({ format: 'date-time' }),
    by: z.enum(['event', 'file']),
  })
  .nullable()
  .meta({
    description:
      'The last event of its own that was acknowledged, or the last file that came; null: none yet.',
  });

/** The tenants that the asker may see. */
export const tenantsSchema = z
  .object({
    tenants: z.array(
      z.object({
        tenant: z.string(),
        state: z.enum(TENANT_STATES),
        timeZone: z.string(),
        suppliers: z.array(
          z.object({
            supplier: z.string(),
            state: z.enum(SUPPLIER_STATES),
            figureExpiresSeconds: figureExpiresSchema,
            lastHeard: lastHeardSchema,
            ignored: z
              .array(
                z.object({
                  field: z.string(),
                  count: z.int(),
                  lastSeen: z.string().meta({ format: 'date-time' }),
                }),
              )
              .meta({ description: 'Fields of its events that are not read, and how many events had them.' }),
          }),
        ),
        stockRule: stockRuleSchema,
        stockRuleChange: stockRuleChangeSchema,
        items: z.int().meta({ description: 'In the catalog.' }),
        eventsLastDay: z.int().meta({ description: 'Received in the last 24 hours.' }),
        pendingEvents: z.int().meta({ description: 'Under way.' }),
        heldEvents: z.int().meta({ description: 'Waiting for a closed flag.' }),
      }),
    ),
  })
  .meta({ id: 'Tenants' });

export type Tenants = z.output<typeof tenantsSchema>;
