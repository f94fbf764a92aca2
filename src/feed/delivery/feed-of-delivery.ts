import type { Database } from '../../database/client.ts';
import { FeedRefused, unknownFeed } from '../feed-refused.ts';
import { readingDefinition, type ReadingDefinition } from '../store/definition-of.ts';

/**
 * How a feed reads what is sent as events and not as a file.
 *
 * @throws FeedRefused for a feed that takes none
 */
export async function feedOfDelivery(
  database: Pick<Database, 'feed' | 'feedVersion'>,
  { tenant, feed }: { tenant: string; feed: string },
): Promise<ReadingDefinition> {
  const row = await database.feed.findUnique({ where: { tenantId_id: { tenantId: tenant, id: feed } } });
  if (!row) throw unknownFeed(tenant, feed);
  if (row.paused)
    throw new FeedRefused('paused', `The feed ${feed} is paused, and takes no events meanwhile.`);
  const definition = await readingDefinition(database, { tenant, feed, version: row.version });
  if (definition.kind === 'delta') return definition;
  throw new FeedRefused(
    'takes_files_only',
    `The feed ${feed} is of snapshots, in which what is absent is 0: send a whole file to …/feeds/${feed}/files.`,
  );
}
