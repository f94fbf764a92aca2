import type { Database } from '../../database/client.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { checkDefinition, faultInWords } from '../definition/read-definition.ts';
import type { DocumentFault } from '../definition/read-document.ts';
import { putTogether, secretContext, type Secrets } from './kept-apart.ts';

/** How a feed's files are read and judged, and when: all of its definition but where they come from. */
export interface ReadingDefinition extends Omit<FeedDefinition, 'source'> {
  /** Of our own form, whose texts count as they were sent, white space included, as over HTTP. No document says so. */
  asSent?: true;
}

type Named = { tenant: string; feed: string; version: number };

/** By which a version of a feed reads; it needs no key. @throws UnreadableDefinition */
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

/** All of it. @param openSecret throws where no key fits @throws UnreadableDefinition */
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

/** A version that was taken when it was set, and is none any more. */
export class UnreadableDefinition extends Error {
  override name = 'UnreadableDefinition';

  constructor(faults: readonly DocumentFault[]) {
    super(`the feed's document is none any more, set it again: ${faults.map(faultInWords).join('; ')}`);
  }
}

/** It was checked when it was set, maybe by an older version of the product. */
function checked(document: unknown): FeedDefinition {
  const read = checkDefinition(document);
  if (read.ok) return read.definition;
  throw new UnreadableDefinition(read.faults);
}
