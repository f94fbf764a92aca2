import type { Database } from '../../database/client.ts';
import { NAME } from '../../domain/identity.ts';

/** What is known of a feed when something is sent to it. */
export interface AddressedFeed {
  /** Whose figures it brings. */
  supplier: string;
  /** Of its definition. */
  version: number;
  paused: boolean;
}

/** The feed that something is sent to; undefined where there is no such feed. */
export async function findAddressedFeed(
  database: Pick<Database, 'feed'>,
  { tenant, feed }: { tenant: string; feed: string },
): Promise<AddressedFeed | undefined> {
  // Such a name exists nowhere, and a NUL in it would be an error of the database.
  if (!NAME.test(tenant) || !NAME.test(feed)) return undefined;
  const row = await database.feed.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: feed } },
    select: { supplierId: true, version: true, paused: true },
  });
  return row === null ? undefined : { supplier: row.supplierId, version: row.version, paused: row.paused };
}
