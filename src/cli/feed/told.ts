import { UnknownTenantError } from '../../database/known-tenant.ts';
import { FeedRefused } from '../../feed/feed-refused.ts';
import { CommandError, usageError } from '../errors.ts';

/** Does something with feeds; what is refused is told as wrong usage where the command line is at fault. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnknownTenantError) throw usageError(error.message);
    if (error instanceof FeedRefused) throw new CommandError(error.message);
    throw error;
  }
}
