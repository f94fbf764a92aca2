import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { AliasFault } from '../../aliases/alias-faults.ts';
import { AliasRefused } from '../../aliases/alias-refused.ts';
import type { ImportedAliases } from '../../aliases/change-aliases.ts';
import { readAliasFile } from '../../aliases/read-alias-file.ts';
import { takeAliases } from '../../aliases/take-aliases.ts';
import { printable } from '../../domain/safe-text.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { readable } from '../feed/preview.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';

export interface ImportOptions extends AuditOptions {
  tenant: string;
  supplier: string;
  dryRun?: true;
}

const SHOWN_FAULTS = 50;

/** `alias import`: all of a file, or with every fault none of it. */
export async function runImport(file: string, options: ImportOptions, json: boolean): Promise<void> {
  const { tenant, supplier } = options;
  const dryRun = options.dryRun === true;
  await withContext(async (context) => {
    const database = await context.database();
    const progress = createProgressLine();
    const how = {
      by: { ...auditedBy(options), reason: options.reason },
      dryRun,
      onProgress: (done: number) => progress.update(() => `${done} aliases`),
    };
    try {
      const imported = await readable(async () => {
        const { rows } = await readAliasFile(chunksOf(file), path.basename(file));
        return takeAliases(database, { tenant, supplier }, rows, how);
      });
      progress.clear();
      if (json) printJson({ ...imported, dryRun });
      else print(importedInWords(imported, dryRun));
      if (!json && imported.changed > 0) {
        note('What came by a changed alias before keeps it: its figure stays with the SKU that it had.');
      }
    } catch (error) {
      progress.clear();
      if (!(error instanceof AliasRefused)) throw error;
      sayFaults(error.faults, json);
      throw new CommandError(error.message);
    }
  });
}

function chunksOf(file: string): AsyncIterable<Uint8Array> {
  return file === '-' ? process.stdin : createReadStream(file);
}

function sayFaults(faults: readonly AliasFault[], json: boolean): void {
  if (json) {
    for (const one of faults) printJson(one);
    return;
  }
  for (const { line, fault } of faults.slice(0, SHOWN_FAULTS)) note(`line ${line}: ${printable(fault)}`);
  if (faults.length > SHOWN_FAULTS) {
    note(`… and ${faults.length - SHOWN_FAULTS} more faults; --json prints all.`);
  }
}

function importedInWords({ added, changed, unchanged, released }: ImportedAliases, dryRun: boolean): string {
  const waited = released === 1 ? '1 event that waited flows' : `${released} events that waited flow`;
  const flow = released === 0 ? '' : `; ${dryRun ? waited.replace(/flows?$/, 'would flow') : waited}`;
  const done = `${added} added, ${changed} changed, ${unchanged} as they were${flow}`;
  return dryRun ? `would be: ${done} (nothing was written)` : done;
}
