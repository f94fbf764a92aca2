import type { Database } from '../database/client.ts';
import { readItemLedger } from '../ledger/item-stock.ts';
import { describeItem } from './describe-item.ts';
import type { TraceItem } from './trace.ts';

/**
 * Reads what the catalog says of an item and what that is made of, in one snapshot: else an event that is decided
 * meanwhile would give it shares of which its quantity is not made.
 */
export function readItem(
  database: Pick<Database, '$transaction'>,
  tenant: string,
  itemId: string,
): Promise<TraceItem | undefined> {
  return database.$transaction(
    async (transaction) => {
      const row = await transaction.catalogItem.findUnique({ where: { itemId } });
      if (row?.tenantId !== tenant) return undefined;
      return describeItem(row, await readItemLedger(transaction, itemId));
    },
    { isolationLevel: 'RepeatableRead', timeout: 20_000, maxWait: 5_000 },
  );
}
