import { databaseNow } from '../database/clock.ts';
import type { Transaction } from '../database/client.ts';

/** From where on it counts what a storefront was told, as the newest attempt then and as a time. */
export interface CountsFrom {
  attempt: bigint;
  us: bigint;
}

/**
 * From now on: attempt 0 where there is none. Under a tenant's exclusive lock no attempt of the tenant is begun, so that all
 * with a greater id come after whatever is changed there.
 */
export async function countsFromNow(
  transaction: Pick<Transaction, 'publishAttempt' | '$queryRaw'>,
): Promise<CountsFrom> {
  const { _max } = await transaction.publishAttempt.aggregate({ _max: { id: true } });
  return { attempt: _max.id ?? 0n, us: await databaseNow(transaction) };
}
