import type { Transaction } from '../database/client.ts';

/** The `supplier_id` of a tenant's own watch. */
export const TENANTS_OWN = '';

/** Begins every watch of a tenant anew. */
export async function beginWatches(
  transaction: Pick<Transaction, '$executeRaw' | 'gateWatch'>,
  tenant: string,
): Promise<void> {
  const rows = await transaction.gateWatch.findMany({ where: { tenantId: tenant } });
  for (const supplier of new Set([TENANTS_OWN, ...rows.map(({ supplierId }) => supplierId)])) {
    await beginWatch(transaction, tenant, supplier);
  }
}

/**
 * Begins a watch anew: nothing is counted yet, and reviews of the former one no longer count.
 *
 * @param supplier of a supplier that was added after the launch; else the tenant's own
 */
export async function beginWatch(
  transaction: Pick<Transaction, '$executeRaw'>,
  tenant: string,
  supplier: string = TENANTS_OWN,
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO gate_watch AS w (tenant_id, supplier_id) VALUES (${tenant}, ${supplier})
    ON CONFLICT (tenant_id, supplier_id) DO UPDATE
       SET number = w.number + 1, began_at_us = now_us(), watched_us = 0, sampled_at_us = NULL, verdict = NULL,
           miss_at_us = NULL, miss_signal = NULL, miss_reason = NULL`;
}
