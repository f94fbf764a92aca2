import { z } from 'zod';
import { ROLES } from '../../domain/roles.ts';

const time = z.string().meta({ format: 'date-time' });
const secret = z
  .string('must be a string')
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters');

/** What a session is begun with: an API token, or the ticket of a one-time link. */
export const signInSchema = z
  .union(
    [
      z.strictObject({ token: secret.meta({ description: 'An API token, as `token add` printed it.' }) }),
      z.strictObject({
        ticket: secret.meta({ description: 'Of the link that `start` or `catalog-sync console` printed.' }),
      }),
    ],
    'must be an object with a token or a ticket',
  )
  .meta({ id: 'SignIn' });

/** Who is signed in. */
export const sessionSchema = z
  .object({
    name: z.string().meta({ description: 'Stands in the audit list beside each change.' }),
    role: z.enum(ROLES),
    tenant: z.string().nullable().meta({ description: 'The only tenant to be seen; null: all of them.' }),
    supplier: z.string().nullable().meta({
      description: 'The only supplier of it to be seen, for the role supplier; null: any other role.',
    }),
    expiresAt: time.nullable().meta({ description: 'Null for a bearer token, which has no session.' }),
    csrfToken: z.string().nullable().meta({
      description: 'Send it as x-csrf-token with every POST, PUT, PATCH and DELETE of the session.',
    }),
  })
  .meta({ id: 'Session' });

export type SignIn = z.input<typeof signInSchema>;
export type Session = z.output<typeof sessionSchema>;
