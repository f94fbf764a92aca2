import { z } from 'zod';
import type { AdminAnswer } from './call-admin.ts';
import { faultOf, type FaultRule } from './fault-table.ts';

/** What is asked of a GraphQL API. */
export interface Query {
  query: string;
  variables: object;
}

const answered = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string().catch(''),
        extensions: z
          .object({ code: z.string().optional().catch(undefined) })
          .optional()
          .catch(undefined),
      }),
    )
    .optional()
    // Where nobody is let in, it may be a sentence.
    .or(z.string().transform((message) => [{ message, extensions: undefined }])),
});

/**
 * Reads what a GraphQL API answered.
 *
 * @param step what is being done, for the message of a failure
 * @param as.rules what its errors come to
 * @throws AdminFault for whatever is no answer to what was asked
 */
export function readGraphql<Schema extends z.ZodType>(
  step: string,
  { status, json, retryAfterMs }: Pick<AdminAnswer, 'status' | 'json' | 'retryAfterMs'>,
  { shape, secret, rules }: { shape: Schema; secret: Buffer; rules: readonly FaultRule[] },
): z.output<Schema> {
  const answer = answered.safeParse(json).data;
  const [error] = answer?.errors ?? [];
  const data = shape.safeParse(answer?.data);
  if (status === 200 && !error && data.success) return data.data;
  throw faultOf(step, rules, {
    ...{ status, retryAfterMs, secret, code: error?.extensions?.code },
    message: error?.message ?? (status === 200 ? 'the answer is none of the Admin API' : undefined),
  });
}
