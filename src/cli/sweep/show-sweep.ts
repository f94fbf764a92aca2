import type { Database } from '../../database/client.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { printable } from '../../domain/safe-text.ts';
import { cancelSweep } from '../../sweep/cancel-sweep.ts';
import { listSweeps, readSweepStatus, type SweepStatus } from '../../sweep/sweep-status.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { actorOf, cliOrigin, type AuditOptions } from '../option-values.ts';
import { columns, note, print, printJson } from '../output.ts';
import { followToItsEnd, printFindings, report } from './follow.ts';
import { driftInWords } from './words.ts';

/** `sweep list` */
export async function showSweeps(
  page: { tenant: string | undefined; limit: number },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const { sweeps } = await listSweeps(database, page);
    if (json) {
      for (const sweep of sweeps) printJson(sweep);
      return;
    }
    if (sweeps.length === 0) {
      if (page.tenant !== undefined) await knownTenant(database, page.tenant);
      note('There were no sweeps.');
      return;
    }
    print(
      columns(
        ['ID', 'TENANT', 'STATE', 'STARTED', 'REPAIR', 'ASKED', 'LEFT', 'BY'],
        sweeps.map((one) => [
          one.sweepId,
          one.tenant,
          one.state,
          `${one.createdAt.slice(0, 19)}Z`,
          one.repair ? 'yes' : 'no',
          String(one.items.asked),
          String(Object.values(one.drift).reduce((sum, count) => sum + count, 0)),
          printable(one.requestedBy),
        ]),
      ),
    );
  });
}

/** `sweep show`: the findings on stdout, as `sweep` prints them; how it stands on stderr. */
export async function showSweep(
  id: string,
  options: { tenant: string | undefined; follow: boolean; json: boolean },
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const status = await statusOf(database, id, options.tenant);
    if (options.follow) {
      await followToItsEnd(database, id, options.json);
      return;
    }
    await printFindings(database, id, options.json);
    if (options.json) printJson(status);
    note(`tenant ${status.tenant}, asked for at ${status.createdAt} by ${printable(status.requestedBy)}`);
    report(status);
    if (status.silence)
      note(`  no answer since ${status.silence.since}: ${printable(status.silence.reason)}`);
  });
}

/** `sweep cancel` */
export async function cancel(
  id: string,
  options: AuditOptions & { tenant: string | undefined },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    await statusOf(database, id, options.tenant);
    const cancelled = await cancelSweep(database, id, actorOf(options), options.reason, cliOrigin());
    const status = await statusOf(database, id, options.tenant);
    if (!cancelled) throw new CommandError(`Sweep ${id} had ended before: it is ${status.state}.`);
    if (json) printJson(status);
    note(`sweep ${id} ${status.state}: ${status.items.done} items done, left: ${driftInWords(status)}`);
  });
}

async function statusOf(database: Database, id: string, tenant: string | undefined): Promise<SweepStatus> {
  const status = await readSweepStatus(database, id);
  if (status && (tenant === undefined || tenant === status.tenant)) return status;
  const whose = tenant === undefined ? '' : ` of tenant ${tenant}`;
  throw new CommandError(`There is no sweep ${id}${whose}; \`catalog-sync sweep list\` names them.`);
}
