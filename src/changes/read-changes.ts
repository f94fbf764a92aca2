import type { Database, Transaction } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { BEGINNING, readCursor, writeCursor, type Cursor, type FeedPlace } from './cursor.ts';
import type { Change } from './change.ts';
import { CursorGoneError, CursorRefusedError } from './cursor-errors.ts';
import { describeChanges, type ChangeRow } from './describe-changes.ts';
import { readChangeRows } from './read-change-rows.ts';

export interface ChangePage {
  changes: (Change & { cursor: string })[];
  /** Where to go on from, also when nothing came. */
  next: string;
  /** Whether there is more now. */
  more: boolean;
  /**
   * How long the oldest change waits that is decided, and not told yet: a transaction that began earlier is open, and may
   * bring one that belongs before it. In ms; 0: none waits.
   */
  behindMs: number;
}

interface FeedState {
  generation: Micros;
  /** Below it no change can come any more: every transaction has ended. */
  below: bigint;
  pruned: bigint;
  /** The greatest number of a change that was pruned. */
  prunedUpto: bigint;
}

/**
 * Reads a tenant's changes that come after a cursor, in the order of their transactions, an item's in the order of its
 * versions. All is of one snapshot: what is pruned meanwhile is missed by no reader unnoticed.
 *
 * @param after as an answer gave it; undefined: from the first change that is kept
 * @throws CursorRefusedError, CursorGoneError
 */
export async function readChanges(
  database: Pick<Database, '$transaction'>,
  { tenant, after, limit }: { tenant: string; after: string | undefined; limit: number },
): Promise<ChangePage> {
  const cursor = after === undefined ? undefined : ownCursor(after, tenant);
  return database.$transaction(
    async (transaction) => {
      const state = await readState(transaction, tenant);
      const place = cursor ?? BEGINNING;
      const rows = await readChangeRows(transaction, { tenant, place, below: state.below, limit: limit + 1 });
      if (cursor) refuseGone(cursor, state, rows.length > 0);
      const page = rows.slice(0, limit);
      const changes = await describeChanges(transaction, tenant, page);
      const cursorAt = (at: FeedPlace): string =>
        writeCursor({ ...at, tenant, generation: state.generation, pruned: state.pruned });
      const told = changes.map((change, no) => ({ ...change, cursor: cursorAt(placeOf(page[no]!)) }));
      return {
        changes: told,
        // As it was, where nothing came: of what it has not read, nothing may be forgotten to have been pruned.
        next: told.at(-1)?.cursor ?? after ?? cursorAt(place),
        more: rows.length > limit,
        behindMs: await readBehind(transaction, tenant, state.below),
      };
    },
    { isolationLevel: 'RepeatableRead', timeout: 20_000, maxWait: 5_000 },
  );
}

function ownCursor(text: string, tenant: string): Cursor {
  const cursor = readCursor(text);
  if (!cursor) throw new CursorRefusedError('It is no cursor, or it was altered or cut.');
  if (cursor.tenant !== tenant) throw new CursorRefusedError(`It is of another tenant than ${tenant}.`);
  return cursor;
}

/**
 * Refuses a cursor behind which something is missing. Of what was pruned an item's newest version stays, so whoever has
 * read everything that is there has missed nothing.
 */
function refuseGone(
  cursor: Cursor,
  { generation, below, pruned, prunedUpto }: FeedState,
  isBehind: boolean,
): void {
  if (cursor.generation !== generation || cursor.changeNo >= below) {
    throw new CursorGoneError(
      'The ledger was put back from a backup since, and may lack what you have read.',
    );
  }
  if (isBehind && cursor.pruned !== pruned && cursor.changeNo <= prunedUpto) {
    throw new CursorGoneError('Changes that you have not read were pruned by their age.');
  }
}

async function readState(transaction: Transaction, tenant: string): Promise<FeedState> {
  const [row] = await transaction.$queryRaw<FeedState[]>`
    SELECT h.began_at_us AS generation, h.change_base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS below,
           coalesce(sum(r.versions), 0)::bigint AS pruned, coalesce(max(r.changes_upto), -1) AS "prunedUpto"
      FROM ledger_home h
      LEFT JOIN prune_run r ON r.tenant_id = ${tenant}
     GROUP BY h.began_at_us, h.change_base`;
  if (!row) throw new Error('ledger_home has no row');
  return row;
}

async function readBehind(transaction: Transaction, tenant: string, below: bigint): Promise<number> {
  const [first] = await transaction.$queryRaw<{ ms: number }[]>`
    SELECT greatest(0, (now_us() - v.created_at_us) / 1000)::float8 AS ms
      FROM catalog_item_version v
     WHERE split_part(v.item_id, ':', 1) = ${tenant} AND v.change_no >= ${below}
     ORDER BY split_part(v.item_id, ':', 1), v.change_no, v.item_id COLLATE "C", v.version
     LIMIT 1`;
  return first?.ms ?? 0;
}

function placeOf({ change_no: changeNo, item_id: itemId, version }: ChangeRow): FeedPlace {
  return { changeNo, itemId, version };
}
