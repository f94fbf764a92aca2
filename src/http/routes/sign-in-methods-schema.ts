import { z } from 'zod';

/** How one may sign in, beside by token and by link. */
export const signInMethodsSchema = z
  .object({
    singleSignOn: z.string().nullable().meta({ description: 'Where it begins; null: it is not set up.' }),
  })
  .meta({ id: 'SignInMethods' });

export type SignInMethods = z.output<typeof signInMethodsSchema>;

/** Why single sign-on did not let somebody in, as the sign-in page is told by `?refused=`. */
export const REFUSALS = ['group', 'mapping', 'issuer', 'pending', 'unavailable', 'failed', 'often'] as const;

export type Refusal = (typeof REFUSALS)[number];
