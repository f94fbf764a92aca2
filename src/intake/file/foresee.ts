import type { Database } from '../../database/client.ts';
import type { Rejection } from '../../domain/failure-modes.ts';
import { normalizeEvent } from '../../domain/normalize.ts';
import { microsOf, type Micros } from '../../domain/time.ts';
import { supplierRules } from '../../sku-rule/supplier-rules.ts';

export interface Foresight {
  /** Which flag is closed, in words; undefined: its events flow. */
  closed: string | undefined;
  /** Why an event that arrives now is going to be rejected; undefined: it is not. */
  rejection: (event: { sku: string; updatedAt: Micros }) => Rejection | undefined;
}

/** What is going to become of a supplier's events after they are accepted; undefined for an unknown one. */
export async function foresee(
  database: Pick<Database, 'supplier'>,
  { tenant, supplier }: { tenant: string; supplier: string },
): Promise<Foresight | undefined> {
  const row = await database.supplier.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: supplier } },
    select: {
      state: true,
      skuPattern: true,
      clockToleranceSeconds: true,
      tenant: { select: { state: true } },
    },
  });
  if (!row) return undefined;
  const rules = supplierRules(row);
  const closed = [
    ...(row.tenant.state === 'closed' ? [`the tenant ${tenant}`] : []),
    ...(row.state === 'open' ? [] : [`the supplier ${supplier}`]),
  ];
  return {
    closed:
      closed.length === 0 ? undefined : `${closed.join(' and ')} ${closed.length > 1 ? 'are' : 'is'} closed`,
    rejection: (event) => {
      const normalized = normalizeEvent({ ...event, receivedAt: microsOf(new Date()) }, rules);
      return normalized.ok ? undefined : normalized.mode;
    },
  };
}
