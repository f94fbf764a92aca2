import { createInterface } from 'node:readline/promises';
import type { Database } from '../../database/client.ts';
import { UnknownTenantError } from '../../database/known-tenant.ts';
import { endWorkflows } from '../../offboarding/end-workflows.ts';
import {
  checkErasable,
  endErasure,
  EraseRefused,
  eraseRows,
  type EraseRequest,
} from '../../offboarding/erase-tenant.ts';
import { countTenantRows } from '../../offboarding/tenant-tables.ts';
import { createProgressLine, type ProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { withContext, type CliContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { auditedBy } from '../option-values.ts';
import { columns, note, print, printJson } from '../output.ts';

export interface EraseOptions {
  reason?: string;
  actor?: string;
  dryRun?: true;
  yes?: true;
}

/** `tenant erase` */
export async function runErase(tenant: string, options: EraseOptions, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    await inWords(checkErasable(database, tenant));
    if (options.dryRun === true) return sayHowMuch(database, tenant, json);
    const { reason } = options;
    if (reason === undefined) throw usageError('An erasure needs a reason: add --reason TEXT.');
    if (options.yes !== true) await ask(tenant);
    const request = { tenant, reason, ...auditedBy(options) };
    const { signal } = stopSignal();
    const progress = createProgressLine();
    try {
      await erase(context, database, request, { signal, progress, json });
    } catch (error) {
      if (signal.aborted) throw new CommandError('Stopped. The same command goes on.');
      throw error;
    } finally {
      progress.clear();
    }
  });
}

async function erase(
  context: CliContext,
  database: Database,
  request: EraseRequest,
  { signal, progress, json }: { signal: AbortSignal; progress: ProgressLine; json: boolean },
): Promise<void> {
  const { tenant } = request;
  const { erased } = await inWords(
    eraseRows(database, request, {
      signal,
      onProgress: (rows) => progress.update(() => `${tenant}: ${rows.toLocaleString('en-US')} rows erased`),
    }),
  );
  const workflows = await endAll(context, tenant, signal, progress);
  const { finishedAt } = await endErasure(database, request);
  progress.clear();
  if (json) return printJson({ tenant, finishedAt, erased, workflows });
  print(rowsIn(erased));
  note(
    `Tenant ${tenant} is erased, with ${workflows} workflows. Tombstones of its events and its audit list stay.`,
  );
}

/** The rows are gone first: what is started from them would come back. */
async function endAll(
  context: CliContext,
  tenant: string,
  signal: AbortSignal,
  progress: ProgressLine,
): Promise<number> {
  const { Client, Connection } = await import('@temporalio/client');
  const { connectionOptions, namespace } = await context.temporal();
  const connection = Connection.lazy(connectionOptions);
  try {
    const client = new Client({ connection, namespace });
    await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return await endWorkflows(client, tenant, {
      signal,
      onProgress: (count) =>
        progress.update(() => `${tenant}: ${count.toLocaleString('en-US')} workflows ended`),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `The rows of tenant ${tenant} are erased; its workflows in Temporal were not all ended (${reason}).\n` +
        'They find nothing to do. Give the same command once Temporal answers: it goes on.',
    );
  } finally {
    await connection.close();
  }
}

const ANSWER_WITHIN_MS = 10_000;

async function sayHowMuch(database: Database, tenant: string, json: boolean): Promise<void> {
  const counts = await countTenantRows(database, tenant);
  if (json) printJson({ dryRun: true, tenant, rows: counts });
  else print(rowsIn(counts));
  note('dry run; nothing was changed. Of each event a tombstone would stay, and the audit list as it is.');
}

function rowsIn(counts: Record<string, number>): string {
  return columns(
    ['TABLE', 'ROWS'],
    Object.entries(counts).map(([table, count]) => [table, String(count)]),
  );
}

async function ask(tenant: string): Promise<void> {
  if (!process.stdin.isTTY) throw usageError('What is erased does not come back. Add --yes if you mean it.');
  note(`What is erased does not come back: \`catalog-sync tenant export ${tenant} --to DIR\` keeps it.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal
    .question(`Its name, to erase it: `)
    .catch(() => '')
    .finally(() => terminal.close());
  if (answer.trim() !== tenant) throw new CommandError('Nothing was erased.');
}

async function inWords<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof UnknownTenantError) throw usageError(error.message);
    if (error instanceof EraseRefused) throw new CommandError(error.message);
    throw error;
  });
}
