import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import { hasEnded } from '../../domain/feed-run.ts';
import { foresee } from '../../feed/ingest/foresee.ts';
import { readRefusals } from '../../feed/run/read-refusals.ts';
import { readRunStatus } from '../../feed/run/run-status.ts';
import type { RunStatus } from '../../feed/run/told-run.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { printableLines } from '../../domain/safe-text.ts';
import { note, print, printJson } from '../output.ts';
import { progressInWords, runInWords } from './words.ts';

const LOOK_MS = 200;
/** More would push what matters off the screen. */
const SHOWN_REFUSED = 20;
export const HELD = 3;

/** Follows a run until it has ended or is held, and says how; sets the exit code. */
export async function followRun(
  database: Database,
  tenant: string,
  runId: string,
  json: boolean,
): Promise<void> {
  const { signal } = stopSignal();
  const progress = createProgressLine();
  for (;;) {
    const status = await readRunStatus(database, tenant, runId);
    if (!status) throw new Error(`the run ${runId} is gone`);
    if (status.state === 'held' || hasEnded(status.state)) {
      progress.clear();
      return tell(database, status, json);
    }
    progress.update(() => progressInWords(status));
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) continue;
    progress.clear();
    note(`The run goes on: catalog-sync feed runs --tenant ${tenant}`);
    process.exitCode = 130;
    return;
  }
}

async function tell(database: Database, status: RunStatus, json: boolean): Promise<void> {
  if (status.state === 'held') process.exitCode = HELD;
  else if (status.state !== 'completed' && status.state !== 'unchanged') process.exitCode = 1;
  if (json) return printJson(status);
  const refused = await readRefusals(database, status.runId, SHOWN_REFUSED + 1);
  for (const { line, reason } of refused.slice(0, SHOWN_REFUSED))
    note(printableLines(`line ${line}: ${reason}`));
  if (refused.length > SHOWN_REFUSED) {
    note(`… and more: catalog-sync feed refused ${status.runId} --tenant ${status.tenant}`);
  }
  print(runInWords(status));
  const closed = status.events.accepted > 0 ? await closedFor(database, status) : undefined;
  if (closed !== undefined) note(`the accepted ones are held: ${closed}`);
}

async function closedFor(database: Database, { tenant, feed }: RunStatus): Promise<string | undefined> {
  const row = await database.feed.findUnique({
    where: { tenantId_id: { tenantId: tenant, id: feed } },
    select: { supplierId: true },
  });
  return row ? (await foresee(database, { tenant, supplier: row.supplierId }))?.closed : undefined;
}
