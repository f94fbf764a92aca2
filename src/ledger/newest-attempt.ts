import type { Transaction } from '../database/client.ts';

/**
 * The greatest id of a publish attempt; 0: there is none. Under a tenant's exclusive lock no attempt of the tenant is
 * begun, so that all with a greater id come after whatever is changed there.
 */
export async function newestAttempt(transaction: Pick<Transaction, 'publishAttempt'>): Promise<bigint> {
  const { _max } = await transaction.publishAttempt.aggregate({ _max: { id: true } });
  return _max.id ?? 0n;
}
