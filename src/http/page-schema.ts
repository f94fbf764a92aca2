import { z } from 'zod';

/** Where an earlier page of numbered rows, newest first, ended: the `before` of its Link header. */
export const beforeNumber = z
  .string()
  .regex(/^\d{1,18}$/, 'must be a number that a Link header gave')
  .transform(BigInt)
  .optional();
