import { z } from 'zod';
import type { EventPlace } from '../ledger/list-events.ts';

/** Where an earlier page of numbered rows, newest first, ended: the `before` of its Link header. */
export const beforeNumber = z
  .string()
  .regex(/^\d{1,18}$/, 'must be a number that a Link header gave')
  .transform(BigInt)
  .optional();

/** Where an earlier page of events, newest arrival first, ended: the `before` of its Link header. */
export const eventPlace = z
  .string()
  .regex(/^\d{1,18}-\d{1,18}$/, 'must be what a Link header gave')
  .transform((text): EventPlace => {
    const [receivedAt = '', seq = ''] = text.split('-');
    return { receivedAt: BigInt(receivedAt), seq: BigInt(seq) };
  })
  .optional();
