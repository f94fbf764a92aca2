import { approveRun, cancelRun, refuseRun } from '../../feed/run/decide-run.ts';
import { readRunStatus } from '../../feed/run/run-status.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { print, printJson } from '../output.ts';
import { followRun } from './follow-run.ts';
import { told } from './told.ts';

/** `feed approve` and `feed refuse`; an approved run is followed to its end. */
export async function runDecision(
  decision: 'approve' | 'refuse',
  runId: string,
  options: AuditOptions & { tenant: string; reason: string },
  json: boolean,
): Promise<void> {
  const { tenant, reason } = options;
  await withContext(async (context) => {
    const database = await context.database();
    const by = { ...auditedBy(options), reason };
    if (decision === 'approve') {
      await told(() => approveRun(database, { tenant, runId, by }));
      return followRun(database, tenant, runId, json);
    }
    await told(() => refuseRun(database, { tenant, runId, by }));
    if (json) printJson(await readRunStatus(database, tenant, runId));
    else print(`run ${runId} is refused; nothing of it flows`);
  });
}

/** `feed cancel` */
export async function runCancel(
  runId: string,
  options: AuditOptions & { tenant: string },
  json: boolean,
): Promise<void> {
  const { tenant } = options;
  await withContext(async (context) => {
    const database = await context.database();
    const by = { ...auditedBy(options), reason: options.reason };
    const ended = await told(() => cancelRun(database, { tenant, runId, by }));
    const status = await readRunStatus(database, tenant, runId);
    // Cancelled before is as good.
    if (!ended && status?.state !== 'cancelled') {
      throw new CommandError(`The run has ended: it is ${status?.state ?? 'gone'}.`);
    }
    if (json) printJson(status);
    else print(`run ${runId} is cancelled; what is in the ledger of it stays`);
  });
}
