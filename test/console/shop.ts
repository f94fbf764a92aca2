import { mustParseTime } from '../../src/domain/time.ts';
import { record } from '../support/record.ts';
import type { Product } from '../support/product.ts';
import { openTenant } from '../support/flags.ts';
import { settled } from '../support/replay.ts';

export const TENANT = 'canary';

/** The story of the design's example: e-17 wins CHAIR-01 with 7, e-16 comes later and is 4 s older. */
export async function fillShop(product: Product): Promise<void> {
  const { database } = product;
  await openTenant(database, TENANT, ['acme', 'globex']);
  await send(product, 'acme', 'e-15', 'chair-01', 12, '2026-06-01T09:58:00Z');
  await settled(database);
  await send(product, 'acme', 'e-17', 'CHAIR-01', 7, '2026-06-01T10:00:05Z');
  await settled(database);
  await send(product, 'acme', 'e-16', 'CHAIR-01', 9, '2026-06-01T10:00:01Z');
  await send(product, 'globex', 'g-3', 'CHAIR-01', 8, '2026-06-01T09:59:30.250Z');
  await send(product, 'globex', 'g-1', 'LAMP-02', 40, '2026-06-01T09:30:00Z');
  await send(product, 'globex', 'g-1', 'LAMP-02', 40, '2026-06-01T09:30:00Z');
  await send(product, 'globex', 'g-2', 'chair 01!', 3, '2026-06-01T09:31:00Z');
  await settled(database);
}

export async function send(
  { database }: Pick<Product, 'database'>,
  supplier: string,
  eventId: string,
  sku: string,
  quantity: number,
  updatedAt: string,
): Promise<void> {
  await record(database, TENANT, supplier, [{ eventId, sku, quantity, updatedAt: mustParseTime(updatedAt) }]);
}
