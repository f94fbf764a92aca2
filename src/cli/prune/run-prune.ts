import { createInterface } from 'node:readline/promises';
import type { Database } from '../../database/client.ts';
import { knownTenant, UnknownTenantError } from '../../database/known-tenant.ts';
import { formatTime, type Micros } from '../../domain/time.ts';
import { createProgressLine, type ProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { cutoffOf } from '../../retention/cutoff.ts';
import { estimatePrune } from '../../retention/estimate-prune.ts';
import { withoutErased } from '../../retention/prune-run.ts';
import { pruneTenant, type Pruned } from '../../retention/prune-tenant.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { auditedBy } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';

export interface PruneCommandOptions {
  /** Seconds. */
  olderThan: number;
  tenant?: string;
  archive?: string;
  dryRun?: true;
  yes?: true;
  actor?: string;
}

/** `prune`: takes away what is old and needed by nothing, tenant by tenant, or says how much that is. */
export async function runPrune(options: PruneCommandOptions, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database('pruner');
    const cutoff = await cutoffOf(database, options.olderThan);
    const tenants = await tenantsOf(database, options.tenant);
    const progress = createProgressLine();
    note(
      `events received before ${formatTime(cutoff)}, of ${tenants.length === 1 ? `tenant ${tenants[0]}` : `${tenants.length} tenants`}`,
    );
    if (options.dryRun === true) {
      await sayHowMuch(database, { tenants, cutoff, json, progress });
      return;
    }
    if (options.yes !== true) await ask(options.archive);
    await pruneAll(database, { ...options, tenants, cutoff, json, progress });
  });
}

interface Work {
  tenants: readonly string[];
  cutoff: Micros;
  json: boolean;
  progress: ProgressLine;
}

async function sayHowMuch(database: Database, { tenants, cutoff, json, progress }: Work): Promise<void> {
  for (const tenant of tenants) {
    const estimate = await estimatePrune(database, { tenant, cutoff }, ({ old, events }) =>
      progress.update(() => `${tenant}: ${shown(events)} of ${shown(old)} old events would go`),
    );
    progress.clear();
    if (json) printJson({ dryRun: true, ...estimate });
    else print(`${tenant}: ${shown(estimate.events)} of ${shown(estimate.old)} old events would go`);
  }
  note('dry run; nothing was changed');
}

async function pruneAll(database: Database, work: Work & PruneCommandOptions): Promise<void> {
  const { signal } = stopSignal();
  for (const tenant of work.tenants) {
    const request = { tenant, cutoff: work.cutoff, ...auditedBy(work) };
    const pruned = await pruneTenant(database, request, {
      archiveDir: work.archive,
      signal,
      onProgress: ({ looked, pruned: gone, upTo }) =>
        work.progress.update(
          () =>
            `${tenant}: ${shown(gone)} events pruned, ${shown(looked)} looked at` +
            (upTo === undefined ? '' : `, up to ${formatTime(upTo).slice(0, 10)}`),
        ),
    }).catch((error: unknown) => {
      work.progress.clear();
      throw error;
    });
    work.progress.clear();
    if (work.json) printJson(pruned);
    else print(inWords(pruned));
    if (signal.aborted)
      throw new CommandError('Stopped. What was pruned is whole; the same command goes on.');
  }
}

function inWords(pruned: Pruned): string {
  const { tenant, events, versions, attempts, deliveries, replays, probes, archive } = pruned;
  const others = [
    `${shown(versions)} versions`,
    `${shown(attempts)} attempts`,
    `${shown(deliveries)} further deliveries`,
    ...(replays > 0 ? [`${shown(replays)} rows of replays`] : []),
    ...(probes > 0 ? [`${shown(probes)} answers of storefronts`] : []),
  ];
  const where = archive === null ? '' : `\n  archived in ${archive}`;
  return `${tenant}: ${shown(events)} events pruned\n  with ${others.join(', ')}${where}`;
}

async function tenantsOf(database: Database, tenant: string | undefined): Promise<string[]> {
  if (tenant === undefined) {
    const rows = await database.tenant.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    return withoutErased(
      database,
      rows.map(({ id }) => id),
    );
  }
  await knownTenant(database, tenant).catch((error: unknown) => {
    throw error instanceof UnknownTenantError ? usageError(error.message) : error;
  });
  return [tenant];
}

async function ask(archive: string | undefined): Promise<void> {
  if (!process.stdin.isTTY) throw usageError('What is pruned does not come back. Add --yes if you mean it.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const what = archive === undefined ? 'Nothing of them is kept' : `They are archived in ${archive}`;
  // Ctrl-C and Ctrl-D are a no as well.
  const answer = await terminal
    .question(`${what}. Prune them? [y/N] `)
    .catch(() => '')
    .finally(() => terminal.close());
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandError('Nothing was pruned.');
}

function shown(count: number): string {
  return count.toLocaleString('en-US');
}
