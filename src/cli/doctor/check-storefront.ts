import { keepsHighest } from '../../storefronts/check/webhook/order.ts';
import { takesMessages } from '../../storefronts/check/webhook/takes-messages.ts';
import type { CheckTarget } from '../../storefronts/check/checked-storefront.ts';
import { runPromises } from '../../storefronts/check/run-promises.ts';
import { failed, ok, type Check } from './check.ts';

/** What publishing stands on; `storefront check` tries out the others too. */
const PROMISES = [takesMessages, keepsHighest];

/**
 * Whether a tenant's storefront takes signed messages and keeps the highest version. It is told two versions of an
 * item that does not exist: the higher one first.
 *
 * @param subject as it is called in the table
 */
export async function checkStorefront(
  subject: string,
  storefront: Omit<CheckTarget, 'database'>,
): Promise<Check> {
  const name = `storefront of ${subject}`;
  for await (const { promise, status, detail, todo = promise.todo } of runPromises(PROMISES, storefront))
    if (status !== 'ok') return failed(name, detail, todo);
  return ok(name, 'takes signed messages, and keeps the highest version');
}
