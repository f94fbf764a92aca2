import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import type { Refusal, RefusedFault } from './refused-deliveries.ts';

/** A refused delivery as it was written down. */
export interface RefusedDelivery extends Omit<Refusal, 'tenant'> {
  id: bigint;
  refusedAt: Micros;
  /** Of which `faults` are the first. */
  faultsTotal: number;
  /** How many more were refused since the one before, and not written down. */
  unwritten: number;
}

export interface RefusedFilter {
  tenant: string;
  supplier?: string | undefined;
  /** Only those that are older than this one. */
  before?: bigint | undefined;
  /** Only those from this moment on. */
  since?: Micros | undefined;
}

/** Lists refused deliveries, the newest first. */
export async function listRefused(
  database: Pick<Database, 'refusedDelivery'>,
  { tenant, supplier, before, since }: RefusedFilter,
  limit: number,
): Promise<RefusedDelivery[]> {
  const rows = await database.refusedDelivery.findMany({
    where: {
      tenantId: tenant,
      ...(supplier !== undefined && { supplierId: supplier }),
      ...(before !== undefined && { id: { lt: before } }),
      ...(since !== undefined && { refusedAtUs: { gte: since } }),
    },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map((row) => ({
    id: row.id,
    supplier: row.supplierId,
    refusedAt: row.refusedAtUs,
    status: row.status,
    code: row.code,
    reason: row.reason,
    faults: row.faults as unknown as RefusedFault[],
    faultsTotal: row.faultsTotal,
    bytes: row.bytes,
    signed: row.signed,
    unwritten: row.unwritten,
  }));
}
