import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { exportAudit, linksOfExport, type AuditWindow } from '../../audit/export-audit.ts';
import { verifyAudit } from '../../audit/verify-audit.ts';
import { walkChain, type WalkedChain } from '../../audit/walk-chain.ts';
import { escapeUnprintable, printable } from '../../domain/safe-text.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { print, printJson } from '../output.ts';

export type ExportOptions = AuditWindow;

export interface VerifyOptions {
  head?: string;
  tenant?: string;
}

/**
 * `audit export`: as slow as whoever reads it. A file gets the bytes that were hashed; on a terminal, what others wrote
 * must not drive it.
 */
export async function runExport(options: ExportOptions): Promise<void> {
  await withContext(async (context) => {
    for await (const line of exportAudit(await context.database(), options)) {
      const shown = process.stdout.isTTY ? escapeUnprintable(line) : line;
      if (!process.stdout.write(`${shown}\n`)) await once(process.stdout, 'drain');
    }
  });
}

/** `audit verify` */
export async function runVerify(
  file: string | undefined,
  { head, tenant }: VerifyOptions,
  json: boolean,
): Promise<void> {
  if (file === undefined && tenant !== undefined) {
    throw usageError("--tenant is for a tenant's file: of the database all entries are verified.");
  }
  const walked =
    file === undefined
      ? await withContext(async (context) => verifyAudit(await context.database(), head))
      : await verifyFile(file, { head, gaps: tenant !== undefined });
  const { entries, first, last, fault } = walked;
  if (json) printJson({ ok: fault === null, ...walked });
  else if (fault === null) {
    print(
      entries === 0
        ? 'there is no entry'
        : `${entries} entries, ${first} to ${last}, are as they were written\nhead ${walked.head}`,
    );
  }
  if (fault !== null) throw new CommandError(printable(fault.what));
}

async function verifyFile(
  file: string,
  options: { head: string | undefined; gaps: boolean },
): Promise<WalkedChain> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  if (file !== '-') {
    await once(input, 'open').catch((error: unknown) => {
      throw usageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return walkChain(linksOfExport(createInterface({ input, crlfDelay: Infinity })), options);
}
