import { mustParseTime } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import type { Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';

/** A tenant whose suppliers' figures are added up. */
export const OUTLET = 'outlet';

/**
 * acme has SOFA-01 in two warehouses, one of which is oversold in the end; globex has it too; what initech said is too old.
 * Two pieces are kept back.
 */
export async function fillOutlet(product: Product): Promise<void> {
  const { database } = product;
  await openTenant(database, OUTLET, ['acme', 'globex', 'initech']);
  const { id } = await database.stockRule.create({ data: { tenantId: OUTLET, rule: 'sum', reserve: 2 } });
  await database.tenant.update({ where: { id: OUTLET }, data: { stockRuleId: id } });
  await tell(product, 'initech', 'i-1', 4, '2026-06-01T09:00:00Z');
  await tell(product, 'acme', 'e-1', 12, '2026-06-01T10:00:00Z', 'north');
  await tell(product, 'acme', 'e-2', 3, '2026-06-01T10:00:00Z', 'south');
  await tell(product, 'globex', 'g-1', 6, '2026-06-01T10:05:00Z');
  await tell(product, 'acme', 'e-3', -3, '2026-06-01T10:10:00Z', 'south');
  await product.sql(
    "UPDATE supplier SET figure_expires_us = 172800000000 WHERE tenant_id = $1 AND id = 'initech'",
    [OUTLET],
  );
  await product.sql('SELECT expire_figures(100)');
  await settled(database);
}

async function tell(
  { database }: Product,
  supplier: string,
  eventId: string,
  quantity: number,
  updatedAt: string,
  location?: string,
): Promise<void> {
  await record(database, OUTLET, supplier, [
    { eventId, sku: 'SOFA-01', quantity, updatedAt: mustParseTime(updatedAt), location },
  ]);
  await settled(database);
}
