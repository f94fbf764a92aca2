import type { Database } from '../../database/client.ts';
import { FeedRefused, unknownFeed } from '../feed-refused.ts';
import { readingDefinition, type ReadingDefinition } from '../store/definition-of.ts';
import type { AddressedFeed } from './find-addressed-feed.ts';

/**
 * How a feed reads what is sent as events and not as a file.
 *
 * @param found the feed as it was when its supplier proved the delivery
 * @throws FeedRefused for a feed that takes none
 */
export async function feedOfDelivery(
  database: Pick<Database, 'feedVersion'>,
  { tenant, feed }: { tenant: string; feed: string },
  found: AddressedFeed | undefined,
): Promise<ReadingDefinition> {
  if (!found) throw unknownFeed(tenant, feed);
  if (found.paused)
    throw new FeedRefused('paused', `The feed ${feed} is paused, and takes no events meanwhile.`);
  const definition = await readingDefinition(database, { tenant, feed, version: found.version });
  if (definition.kind === 'delta') return definition;
  throw new FeedRefused(
    'takes_files_only',
    `The feed ${feed} is of snapshots, in which what is absent is 0: send a whole file to …/feeds/${feed}/files.`,
  );
}
