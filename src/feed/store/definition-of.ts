import type { Database } from '../../database/client.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { checkDefinition, faultInWords } from '../definition/read-definition.ts';
import { putTogether, secretContext, type Secrets } from './kept-apart.ts';

/** How a feed's files are read and judged, and when: all of its definition but where they come from. */
export interface ReadingDefinition extends Omit<FeedDefinition, 'source'> {
  /** Of our own form, whose texts count as they were sent, white space included, as over HTTP. No document says so. */
  asSent?: true;
}

type Named = { tenant: string; feed: string; version: number };

/** By which a version of a feed reads; it needs no key. */
export async function readingDefinition(
  database: Pick<Database, 'feedVersion'>,
  named: Named,
): Promise<ReadingDefinition> {
  const { document } = await database.feedVersion.findUniqueOrThrow({
    where: placeOf(named),
    select: { document: true },
  });
  // Its secrets are not here, and what stands in their place is no key.
  return checked({ ...(document as object), source: { folder: { path: '.' } } });
}

/** All of it. @param openSecret throws where no key fits */
export async function wholeDefinition(
  database: Pick<Database, 'feedVersion'>,
  named: Named,
  openSecret: (sealed: Uint8Array, context: string) => Buffer,
): Promise<FeedDefinition> {
  const { document, secrets } = await database.feedVersion.findUniqueOrThrow({ where: placeOf(named) });
  if (secrets === null) return checked(document);
  const opened = openSecret(secrets, secretContext(named.tenant, named.feed)).toString();
  return checked(putTogether(document, JSON.parse(opened) as Secrets));
}

function placeOf({ tenant, feed, version }: Named) {
  return { tenantId_feedId_version: { tenantId: tenant, feedId: feed, version } };
}

/** It was checked when it was set. */
function checked(document: unknown): FeedDefinition {
  const read = checkDefinition(document);
  if (read.ok) return read.definition;
  throw new Error(`a stored document is no feed: ${read.faults.map(faultInWords).join('; ')}`);
}
