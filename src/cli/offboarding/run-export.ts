import { ExportRefused, exportTenant } from '../../offboarding/export-tenant.ts';
import { UnknownTenantError } from '../../database/known-tenant.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { columns, note, print, printJson } from '../output.ts';

/** `tenant export` */
export async function runExport(tenant: string, options: { to: string }, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const progress = createProgressLine();
    const { signal } = stopSignal();
    const exported = await exportTenant(
      database,
      { tenant, folder: options.to },
      { signal, onFile: (name) => progress.update(() => `${tenant}: ${name}`) },
    )
      .catch((error: unknown) => {
        if (error instanceof UnknownTenantError || error instanceof ExportRefused) {
          throw usageError(error.message);
        }
        if (signal.aborted) throw new CommandError(`Stopped. The folder ${options.to} is not whole.`);
        throw error;
      })
      .finally(() => progress.clear());
    if (json) return printJson(exported);
    const rows = exported.files.map(({ name, rows: count, bytes }) => [name, String(count), String(bytes)]);
    print(columns(['FILE', 'ROWS', 'BYTES'], rows));
    note(`All of tenant ${tenant} as of ${exported.madeAt}, without secrets, is in ${options.to}.`);
  });
}
