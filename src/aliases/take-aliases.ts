import type { AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import { supplierRules } from '../sku-rule/supplier-rules.ts';
import { aliasJudge, type AliasFault, type WrittenAlias } from './alias-faults.ts';
import { AliasRefused } from './alias-refused.ts';
import { importAliases, type AliasOwner, type ImportedAliases } from './change-aliases.ts';

/**
 * Judges aliases by their supplier's rules and takes all of them, or tells every fault and takes none.
 *
 * @throws AliasRefused
 */
export async function takeAliases(
  database: Database,
  owner: AliasOwner,
  rows: AsyncIterable<WrittenAlias | AliasFault> | Iterable<WrittenAlias | AliasFault>,
  how: { by: AuditedBy; dryRun: boolean; onProgress?: (done: number) => void },
): Promise<ImportedAliases> {
  const judge = aliasJudge(await rulesOf(database, owner));
  for await (const row of rows) {
    if ('fault' in row) judge.faults.push(row);
    else judge.add(row);
  }
  if (judge.faults.length > 0) throw new AliasRefused('Nothing was imported.', judge.faults);
  return importAliases(database, owner, judge.checked(), how);
}

async function rulesOf(database: Pick<Database, 'supplier'>, { tenant, supplier }: AliasOwner) {
  const row = await database.supplier.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: supplier } },
    select: { skuPattern: true, clockToleranceSeconds: true },
  });
  if (!row || supplier === MANUAL_SUPPLIER) throw unknownSupplier({ tenant, supplier });
  return supplierRules(row);
}

export function unknownSupplier({ tenant, supplier }: AliasOwner): AliasRefused {
  return new AliasRefused(`Tenant ${tenant} has no supplier ${supplier} whose codes could have aliases.`);
}
