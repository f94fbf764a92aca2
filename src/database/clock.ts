import type { Micros } from '../domain/time.ts';
import type { Transaction } from './client.ts';

/**
 * The database's clock: the one by which the ledger notes when events arrived, and the gate how long it watches. It
 * goes on within a transaction.
 */
export async function databaseNow(database: Pick<Transaction, '$queryRaw'>): Promise<Micros> {
  const [row] = await database.$queryRaw<{ now: Micros }[]>`SELECT now_us() AS now`;
  if (!row) throw new Error('the database told no time');
  return row.now;
}
