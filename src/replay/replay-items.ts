import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from '../database/client.ts';
import { changesItem, type ItemOutcome } from '../domain/predict-item.ts';

/** What a replay did to an item. */
export interface ReplayedItem {
  itemId: string;
  outcome: ItemOutcome;
  /** Whether the catalog says something else since. */
  changed: boolean;
  versionBefore: number | null;
  versionAfter: number | null;
  /** How its publication by the replay stands: accepted, rejected, failed, withheld, overtaken; null before. */
  publication: string | null;
}

/** An event of the window that its supplier's rules reject. */
export interface RejectedEvent {
  supplier: string;
  eventId: string;
  sku: string;
  outcome: 'rejected';
  failureMode: string;
}

/** How far a follower has read. */
export interface ItemPosition {
  xact: bigint;
  no: bigint;
}

interface Row {
  item_id: string;
  outcome: ItemOutcome;
  version_before: number | null;
  version_after: number | null;
  publication: string | null;
  settled_xact: bigint;
  no: bigint;
}

/**
 * Reads the items that a replay has finished with, in the order in which it did.
 *
 * While the replay runs it reads only what no transaction under way can precede, so that none is missed.
 */
export async function readSettledItems(
  database: Database,
  page: { replayId: string; after: ItemPosition | undefined; running: boolean; limit: number },
): Promise<{ items: ReplayedItem[]; next: ItemPosition | undefined; full: boolean }> {
  const { xact, no } = page.after ?? { xact: 0n, no: 0n };
  const safe = page.running
    ? Prisma.sql`AND settled_xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`
    : Prisma.empty;
  const rows = await database.$queryRaw<Row[]>`
    SELECT item_id, outcome, version_before, version_after, publication, settled_xact, no
      FROM replay_item
     WHERE replay_id = ${page.replayId} AND (settled_xact, no) > (${xact}, ${no}) ${safe}
     ORDER BY settled_xact, no
     LIMIT ${page.limit}`;
  const last = rows.at(-1);
  return {
    items: rows.map(itemOf),
    next: last ? { xact: last.settled_xact, no: last.no } : page.after,
    full: rows.length === page.limit,
  };
}

/** Reads a page of the items that a replay touched, sorted by id. */
export async function readItemsById(
  database: Database,
  page: { replayId: string; after: string; limit: number },
): Promise<ReplayedItem[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT item_id, outcome, version_before, version_after, publication, settled_xact, no
      FROM replay_item
     WHERE replay_id = ${page.replayId} AND item_id > ${page.after} AND outcome <> 'held'
     ORDER BY item_id
     LIMIT ${page.limit}`;
  return rows.map(itemOf);
}

/** Reads a page of a replay's rejected events, in the order of arrival. */
export async function readRejectedEvents(
  database: Database,
  page: { replayId: string; afterSeq: bigint; limit: number },
): Promise<{ events: RejectedEvent[]; lastSeq: bigint | undefined }> {
  const rows = await database.replayEvent.findMany({
    where: { replayId: page.replayId, outcome: 'rejected', seq: { gt: page.afterSeq } },
    orderBy: { seq: 'asc' },
    take: page.limit,
    include: { event: true },
  });
  return {
    events: rows.map(({ event, failureMode }) => ({
      supplier: event.supplierId,
      eventId: event.eventId,
      sku: event.sku,
      outcome: 'rejected',
      failureMode: failureMode ?? '',
    })),
    lastSeq: rows.at(-1)?.seq,
  };
}

function itemOf(row: Row): ReplayedItem {
  return {
    itemId: row.item_id,
    outcome: row.outcome,
    changed: changesItem(row.outcome),
    versionBefore: row.version_before,
    versionAfter: row.version_after,
    publication: row.publication,
  };
}
