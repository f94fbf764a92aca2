import type { Database } from '../database/client.ts';
import { supplierOfFeed } from '../feed/delivery/supplier-of-feed.ts';

/** Names nobody: whoever asks for a feed that is not there learns no more than with a wrong signature. */
const NOBODY = '';

/** Whose proof a request for a feed has to have. */
export async function feedSender(
  database: Pick<Database, 'feed'>,
  named: { tenant: string; feed: string },
): Promise<{ tenant: string; supplier: string }> {
  return { tenant: named.tenant, supplier: (await supplierOfFeed(database, named)) ?? NOBODY };
}
