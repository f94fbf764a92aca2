import { z } from 'zod';

const time = z.string().meta({ format: 'date-time' });

/** Who is signed in to the console. */
export const sessionsSchema = z
  .object({
    sessions: z.array(
      z.object({
        id: z.string().meta({ description: 'Names it; no secret.' }),
        name: z.string(),
        role: z.string(),
        tenant: z.string().nullable().meta({ description: 'Null: every tenant.' }),
        by: z.string().meta({ description: '`token/ID`, `sso` for single sign-on, or `link`.' }),
        createdAt: time,
        lastSeenAt: time.meta({ description: 'To the minute.' }),
        expiresAt: time.meta({ description: 'Whatever is done in it.' }),
        own: z.boolean().meta({ description: 'The one that asks.' }),
      }),
    ),
  })
  .meta({ id: 'Sessions' });

export type Sessions = z.output<typeof sessionsSchema>;
