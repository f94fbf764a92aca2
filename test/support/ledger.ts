import type { Database } from '../../src/database/client.ts';
import { itemIdOf, MANUAL_SUPPLIER } from '../../src/domain/identity.ts';
import type { StockRule } from '../../src/domain/stock.ts';
import type { Micros } from '../../src/domain/time.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import type { TestDatabase } from './database.ts';
import { record } from './record.ts';

/** Has a tenant without events go by a stock rule. */
export async function goBy(database: Database, tenant: string, rule: Partial<StockRule>): Promise<void> {
  const { id } = await database.stockRule.create({
    data: {
      tenantId: tenant,
      rule: rule.rule ?? 'newest',
      supplierOrder: [...(rule.order ?? [])],
      supplierReserves: { ...rule.supplierReserves },
      reserve: rule.reserve ?? 0,
      maxShown: rule.maxShown ?? null,
    },
  });
  await database.tenant.update({ where: { id: tenant }, data: { stockRuleId: id } });
}

/** Receives an event, and does what its workflow would. One of the supplier `manual` is a correction. */
export async function saveEvent(
  { database }: Pick<TestDatabase, 'database'>,
  tenant: string,
  sku: string,
  event: { supplier: string; eventId: string; quantity: number; updatedAt: Micros; location: string },
): Promise<void> {
  const { supplier, eventId, quantity, updatedAt, location } = event;
  await record(database, tenant, supplier, [{ eventId, sku, quantity, updatedAt, location }]);
  const where = { tenantId_supplierId_eventId: { tenantId: tenant, supplierId: supplier, eventId } };
  const { seq } = await database.supplierEvent.findUniqueOrThrow({ where });
  if (supplier === MANUAL_SUPPLIER)
    await database.supplierEvent.update({
      where: { seq },
      data: { kind: 'correction', actor: 'ada', reason: 'recounted' },
    });
  await saveCatalogItem(database, { seq: seq.toString(), itemId: itemIdOf(tenant, sku), sku });
}
