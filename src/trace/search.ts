import type { Database } from '../database/client.ts';
import { itemIdOf } from '../domain/identity.ts';
import { findSubjects } from './find-subjects.ts';
import { archivedWords } from '../retention/archive-words.ts';
import { findArchived } from '../retention/find-archived.ts';
import { findNearMatches } from './near-matches.ts';
import type { EventName } from './trace.ts';

export interface Hits {
  items: { itemId: string; sku: string; events: EventName[] }[];
  near: { itemId: string; sku: string }[];
  /** Events of this id that have left the ledger. */
  archived: (EventName & { where: string })[];
}

/** No more than so many items for one text. */
const MOST_ITEMS = 20;

/** What a text may mean in a tenant: a SKU, an item id or an event id; else items whose names look like it. */
export async function search(database: Database, tenant: string, text: string): Promise<Hits> {
  const archived = (await findArchived(database, { eventId: text, tenants: [tenant] })).map((gone) => ({
    supplier: gone.supplier,
    eventId: gone.eventId,
    where: archivedWords(gone),
  }));
  const subjects = (await findSubjects(database, text, [tenant])).slice(0, MOST_ITEMS);
  if (subjects.length === 0) {
    const near = archived.length > 0 ? [] : await findNearMatches(database, text, [tenant]);
    return {
      items: [],
      archived,
      near: near.map((itemId) => ({ itemId, sku: itemId.slice(tenant.length + 1) })),
    };
  }
  const events = await database.supplierEvent.findMany({
    where: { seq: { in: subjects.flatMap(({ asked }) => asked) } },
    select: { seq: true, supplierId: true, eventId: true },
  });
  const nameOf = new Map(
    events.map(({ seq, supplierId, eventId }) => [seq, { supplier: supplierId, eventId }]),
  );
  const items = subjects.map(({ sku, asked }) => ({
    itemId: itemIdOf(tenant, sku),
    sku,
    events: asked.flatMap((seq) => nameOf.get(seq) ?? []),
  }));
  return { items, near: [], archived };
}
