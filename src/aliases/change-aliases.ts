import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database, Transaction } from '../database/client.ts';
import { codeKey } from '../domain/sku-alias.ts';
import type { CheckedAlias } from './alias-faults.ts';

const ROWS_AT_ONCE = 5_000;
/** Of half a million aliases, and of what waited for them. */
const TRANSACTION_TIMEOUT = 10 * 60_000;

export interface AliasOwner {
  tenant: string;
  supplier: string;
}

/** What an import does. */
export interface ImportedAliases {
  added: number;
  /** They meant another SKU or another factor before. */
  changed: number;
  unchanged: number;
  /** Events that waited for one of them, and flow now. */
  released: number;
}

/** Ends the transaction of a dry run. */
class DryRun extends Error {}

/**
 * Adds aliases, and changes those that there are; others stay. All or none, in one transaction, and an import again
 * changes nothing. What is in the ledger keeps the alias by which it came; what waited for one of these flows.
 *
 * @throws where the supplier does not exist
 */
export async function importAliases(
  database: Database,
  owner: AliasOwner,
  aliases: readonly CheckedAlias[],
  how: { by: AuditedBy; dryRun: boolean; onProgress?: (done: number) => void },
): Promise<ImportedAliases> {
  const sum: ImportedAliases = { added: 0, changed: 0, unchanged: 0, released: 0 };
  const work = async (transaction: Transaction): Promise<void> => {
    await lockAliases(transaction, owner.tenant);
    for (let start = 0; start < aliases.length; start += ROWS_AT_ONCE) {
      const part = aliases.slice(start, start + ROWS_AT_ONCE);
      const { added, changed } = await writePart(transaction, owner, part);
      sum.added += added;
      sum.changed += changed;
      sum.unchanged += part.length - added - changed;
      how.onProgress?.(start + part.length);
    }
    if (sum.added + sum.changed > 0) {
      sum.released = await releaseKnown(transaction, owner);
      await writeAudit(transaction, {
        ...how.by,
        tenant: owner.tenant,
        ...{ action: 'alias.import', subject: `supplier/${owner.supplier}`, after: { ...sum } },
      });
    }
    if (how.dryRun) throw new DryRun();
  };
  await database
    .$transaction(work, { timeout: TRANSACTION_TIMEOUT, maxWait: 5_000 })
    .catch((error: unknown) => {
      if (!(error instanceof DryRun)) throw error;
    });
  return sum;
}

/** Takes aliases away; events that came by them keep them. @returns the codes that had one */
export async function removeAliases(
  database: Database,
  owner: AliasOwner,
  codes: readonly string[],
  by: AuditedBy,
): Promise<string[]> {
  return database.$transaction(async (transaction) => {
    await lockAliases(transaction, owner.tenant);
    const where = {
      ...{ tenantId: owner.tenant, supplierId: owner.supplier },
      codeKey: { in: codes.map(codeKey) },
    };
    const rows = await transaction.skuAlias.findMany({ where, orderBy: { codeKey: 'asc' } });
    if (rows.length === 0) return [];
    await transaction.skuAlias.deleteMany({ where });
    for (const { code, sku, factor } of rows) {
      await writeAudit(transaction, {
        ...by,
        tenant: owner.tenant,
        ...{ action: 'alias.remove', subject: `supplier/${owner.supplier}`, before: { code, sku, factor } },
      });
    }
    return rows.map(({ code }) => code);
  });
}

async function lockAliases(transaction: Transaction, tenant: string): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(alias_lock(${tenant}))`;
}

async function writePart(
  transaction: Transaction,
  { tenant, supplier }: AliasOwner,
  part: readonly CheckedAlias[],
): Promise<{ added: number; changed: number }> {
  // What means the same keeps its day.
  const rows = await transaction.$queryRaw<{ added: boolean }[]>`
    INSERT INTO sku_alias AS a (tenant_id, supplier_id, code_key, code, sku, factor)
    SELECT ${tenant}, ${supplier}, x."codeKey", x.code, x.sku, x.factor
      FROM jsonb_to_recordset(${JSON.stringify(part)}::jsonb)
             AS x ("codeKey" text, code text, sku text, factor integer)
     ORDER BY x."codeKey" COLLATE "C"
    ON CONFLICT (tenant_id, supplier_id, code_key) DO UPDATE
       SET code = excluded.code, sku = excluded.sku, factor = excluded.factor, since_us = now_us()
     WHERE (a.sku, a.factor) IS DISTINCT FROM (excluded.sku, excluded.factor)
    RETURNING xmax = 0 AS added`;
  const added = rows.filter((row) => row.added).length;
  return { added, changed: rows.length - added };
}

async function releaseKnown(
  transaction: Pick<Transaction, '$queryRaw'>,
  { tenant, supplier }: AliasOwner,
): Promise<number> {
  const [row] = await transaction.$queryRaw<{ released: number }[]>`
    SELECT release_known_codes(${tenant}, ${supplier}) AS released`;
  return row?.released ?? 0;
}
