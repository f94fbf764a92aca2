import { writeAudit, type AuditedBy } from '../../database/audit.ts';
import { databaseNow } from '../../database/clock.ts';
import type { Database } from '../../database/client.ts';
import { unknownFeed } from '../feed-refused.ts';

/**
 * Says whether a feed's source is looked at by itself. Files that are handed in are taken all the same.
 *
 * @throws FeedRefused
 * @returns false when it was so already
 */
export async function pauseFeed(
  database: Database,
  { tenant, feed, paused, by }: { tenant: string; feed: string; paused: boolean; by: AuditedBy },
): Promise<boolean> {
  return database.$transaction(async (transaction) => {
    const where = { tenantId: tenant, id: feed };
    const row = await transaction.feed.findUnique({ where: { tenantId_id: where } });
    if (!row) throw unknownFeed(tenant, feed);
    const { count } = await transaction.feed.updateMany({
      where: { ...where, paused: !paused },
      data: paused ? { paused } : { paused, resumedAtUs: await databaseNow(transaction) },
    });
    if (count === 0) return false;
    await writeAudit(transaction, {
      ...by,
      tenant,
      ...{ action: paused ? 'feed.pause' : 'feed.resume', subject: `feed/${feed}` },
    });
    return true;
  });
}
