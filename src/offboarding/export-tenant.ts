import { mkdir, readdir } from 'node:fs/promises';
import { exportAudit } from '../audit/export-audit.ts';
import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import { knownTenant } from '../database/known-tenant.ts';
import { formatTime } from '../domain/time.ts';
import { writeLines, writeWhole, type WrittenLines } from '../retention/write-lines.ts';
import { TENANT_TABLES, type TenantTable } from './tenant-tables.ts';

/** A file of an export, as its manifest tells it. */
export interface ExportedFile {
  name: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface TenantExport {
  format: 1;
  tenant: string;
  /** All files show this one moment. */
  madeAt: string;
  files: ExportedFile[];
}

/** The folder is not empty, or cannot be written; the message says so. */
export class ExportRefused extends Error {
  override name = 'ExportRefused';
}

const ROWS_AT_ONCE = 500;
/** A ledger of many millions takes hours; a query of it no longer than any, in ms. */
const LONGEST_MS = 7 * 86_400_000;

/**
 * Writes all that is kept of a tenant into a new folder: a compressed file of JSON lines for each table, without secrets
 * and their hashes, the tenant's part of the audit list, and a manifest with digests, which comes last.
 *
 * @throws UnknownTenantError
 * @throws ExportRefused
 */
export async function exportTenant(
  database: Database,
  { tenant, folder }: { tenant: string; folder: string },
  options: { onFile?: (name: string) => void; signal?: AbortSignal } = {},
): Promise<TenantExport> {
  await knownTenant(database, tenant);
  await makeFolder(folder);
  return database.$transaction(
    async (transaction) => {
      // The first statement fixes what the others see.
      const madeAt = formatTime(await databaseNow(transaction));
      const files: ExportedFile[] = [];
      const put = async (name: string, lines: AsyncIterable<string>): Promise<void> => {
        options.signal?.throwIfAborted();
        options.onFile?.(name);
        files.push(fileOf(name, await writeLines(folder, name, lines)));
      };
      for (const table of TENANT_TABLES) {
        await put(`${table.name}.ndjson.gz`, rowsOf(transaction, table, tenant, options.signal));
      }
      await put('audit.ndjson.gz', exportAudit(transaction, { tenant }));
      const manifest: TenantExport = { format: 1, tenant, madeAt, files };
      await writeWhole(folder, 'manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
      return manifest;
    },
    { isolationLevel: 'RepeatableRead', timeout: LONGEST_MS, maxWait: 5_000 },
  );
}

/** A cursor, so that no table has to fit into memory. */
async function* rowsOf(
  transaction: Transaction,
  { name, where, without = [] }: TenantTable,
  tenant: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const shown = [`to_jsonb(x)`, ...without.map((column) => `'${column}'`)].join(' - ');
  // A tenant's name holds nothing that has to be quoted: knownTenant has seen to that.
  await transaction.$executeRawUnsafe(
    `DECLARE exported NO SCROLL CURSOR FOR
       SELECT (${shown})::text AS line FROM ${name} x WHERE ${where.replaceAll('$1', `'${tenant}'`)}`,
  );
  for (;;) {
    signal?.throwIfAborted();
    const rows = await transaction.$queryRawUnsafe<{ line: string }[]>(`FETCH ${ROWS_AT_ONCE} FROM exported`);
    for (const { line } of rows) yield line;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await transaction.$executeRawUnsafe('CLOSE exported');
}

function fileOf(name: string, { lines: rows, bytes, sha256 }: WrittenLines): ExportedFile {
  return { name, rows, bytes, sha256 };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await readdir(folder);
    if (found.length === 0) return;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExportRefused(`The folder ${folder} cannot be written (${reason}).`, { cause: error });
  }
  throw new ExportRefused(`The folder ${folder} is not empty. Give one that is, or that does not exist.`);
}
