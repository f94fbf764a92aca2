import type { Database } from '../../database/client.ts';
import { NAME } from '../../domain/identity.ts';

/** Whose figures a feed brings; undefined where there is no such feed. */
export async function supplierOfFeed(
  database: Pick<Database, 'feed'>,
  { tenant, feed }: { tenant: string; feed: string },
): Promise<string | undefined> {
  // Such a name exists nowhere, and a NUL in it would be an error of the database.
  if (!NAME.test(tenant) || !NAME.test(feed)) return undefined;
  const row = await database.feed.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: feed } },
    select: { supplierId: true },
  });
  return row?.supplierId;
}
