import { z } from 'zod';

const values = z.record(z.string(), z.unknown()).nullable();

/** Who changed what, newest first. */
export const auditSchema = z
  .object({
    entries: z.array(
      z.object({
        id: z.string(),
        tenant: z
          .string()
          .nullable()
          .meta({ description: 'Null: for all tenants; shown to those who may see all.' }),
        at: z.string().meta({ format: 'date-time' }),
        actor: z
          .string()
          .meta({ description: 'Such as `console ada`, `token desk`, or the user of a command.' }),
        action: z.string().meta({ description: 'Such as replay.start.' }),
        subject: z.string().meta({ description: 'Such as replay/2026-06-01-0a1b2c3d.' }),
        reason: z.string().nullable(),
        before: values,
        after: values,
      }),
    ),
  })
  .meta({ id: 'AuditList' });

export type AuditList = z.output<typeof auditSchema>;
