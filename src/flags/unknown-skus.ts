import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Transaction } from '../database/client.ts';
import type { UnknownSkuRule } from '../domain/sku-alias.ts';

/**
 * Says what becomes of codes without an alias; call it within `withTenantLock`. What waited flows where they are taken
 * as they are from now on. The same again changes nothing.
 *
 * @returns how many events flow now
 */
export async function setUnknownSkus(
  transaction: Transaction,
  change: AuditedBy & { tenant: string; unknownSkus: UnknownSkuRule },
): Promise<number> {
  const { tenant, unknownSkus } = change;
  // Whoever records under the old rule commits first.
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(alias_lock(${tenant}))`;
  const before = await transaction.tenant.findUniqueOrThrow({
    where: { id: tenant },
    select: { unknownSkus: true },
  });
  if (before.unknownSkus === unknownSkus) return 0;
  await transaction.tenant.updateMany({ where: { id: tenant }, data: { unknownSkus } });
  const [row] = await transaction.$queryRaw<{ released: number }[]>`
    SELECT release_known_codes(${tenant}) AS released`;
  const released = row?.released ?? 0;
  await writeAudit(transaction, {
    ...change,
    action: 'tenant.unknown_skus',
    subject: `tenant/${tenant}`,
    before: { unknownSkus: before.unknownSkus },
    after: { unknownSkus, released },
  });
  return released;
}
