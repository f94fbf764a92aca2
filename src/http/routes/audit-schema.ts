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
        principal: z
          .object({ kind: z.string(), name: z.string() })
          .nullable()
          .meta({
            description:
              'By whose right: kind token, console, cli, process (the product itself) or nobody. Null for what was ' +
              'done before it was written down.',
          }),
        tokenId: z.string().nullable(),
        requestId: z.string().nullable().meta({ description: 'As the log names it.' }),
        address: z.string().nullable().meta({ description: 'Of the caller; cli for the command line.' }),
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
