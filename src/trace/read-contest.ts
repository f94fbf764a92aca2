import type { Transaction } from '../database/client.ts';
import { weighStock, type Stock } from '../domain/stock.ts';
import type { Micros } from '../domain/time.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { readItemLedger, type ItemLedger, type StandingRow } from '../ledger/item-stock.ts';
import type { Rival } from './ledger-event.ts';
import { rivalOf, type RivalRow } from './read-story.ts';

/** Whose figure an item has. */
export interface Winner extends Rival {
  receivedAt: Micros;
}

/** The contest as the ledger has it, whatever the catalog's row says. */
export interface Contest {
  ledger: ItemLedger;
  stock: Stock<StandingRow> | undefined;
  /** Whose figure the item has; where it is made of several, the greatest that counts. */
  winnerSeq: bigint | undefined;
  winner: Winner | undefined;
  /** The best of the others; only of a plain item. */
  runnerUp: Rival | undefined;
  /** Whether the catalog's row says what the ledger does; false for one that the ledger knows nothing of. */
  rowIsRight: boolean;
}

export async function readContest(transaction: Transaction, itemId: string): Promise<Contest> {
  const ledger = await readItemLedger(transaction, itemId);
  const stock = weighStock(ledger.rule, ledger.standing);
  const which = ledger.plain
    ? Prisma.sql`contending_events(${itemId}) LIMIT 2`
    : Prisma.sql`supplier_event WHERE seq = ${stock?.lead.seq ?? null}::bigint`;
  const rows = await transaction.$queryRaw<
    (RivalRow & { received_at_us: bigint; is_right: boolean | null })[]
  >`
    SELECT seq, supplier_id, event_id, quantity, updated_at_us, received_at_us, false AS voided,
           item_is_right(${itemId}, item_rule(${itemId})) AS is_right
      FROM ${which}`;
  const [first, second] = rows;
  return {
    ledger,
    stock,
    winnerSeq: first?.seq,
    winner: first && { ...rivalOf(first), receivedAt: first.received_at_us },
    runnerUp: second && rivalOf(second),
    rowIsRight: first?.is_right === true,
  };
}
