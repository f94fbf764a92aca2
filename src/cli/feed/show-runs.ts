import { readRefusals, refusalsAsCsv } from '../../feed/run/read-refusals.ts';
import { listRuns, readRunStatus } from '../../feed/run/run-status.ts';
import type { RunStatus } from '../../feed/run/told-run.ts';
import { unknownFeed } from '../../feed/feed-refused.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { COLUMNS, columns, note, print, printJson } from '../output.ts';
import { wrap } from '../terminal-text.ts';
import { afterNewer } from './words.ts';

/** `feed runs`: the newest first. */
export async function runRuns(
  page: { tenant: string; feed: string | undefined; limit: number },
  json: boolean,
): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const { tenant, feed, limit } = page;
    if (feed !== undefined) {
      const found = await database.feed.findUnique({
        where: { tenantId_id: { tenantId: tenant, id: feed } },
      });
      if (!found) throw new CommandError(unknownFeed(tenant, feed).message);
    }
    const { runs } = await listRuns(database, { tenant, feed, limit });
    if (json) return runs.forEach((run) => printJson(run));
    if (runs.length === 0) return note('There were none.');
    const rows = runs.map(({ runId, feed: of, state, rows: { read, refused }, file }) => [
      ...[runId, of, state, `${read}/${refused}`],
      file.name ?? '-',
    ]);
    const [head, ...lines] = columns(['RUN', 'FEED', 'STATE', 'ROWS/REFUSED', 'FILE'], rows).split('\n');
    print([head, ...runs.flatMap((run, index) => [lines[index], ...whyOf(run)])].join('\n'));
  });
}

/** Below its line: reasons are sentences. */
function whyOf(run: RunStatus): string[] {
  const reasons = run.reasons.map(({ reason }) => reason);
  const why = run.failure === null ? [...reasons, ...afterNewer(run)] : [run.failure];
  return why.flatMap((one) => wrap(one, COLUMNS, '  - ', '    '));
}

/** `feed refused`: what was kept of a run's refused lines. */
export async function runRefused(tenant: string, runId: string, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const database = await context.database();
    const run = await readRunStatus(database, tenant, runId);
    if (!run) throw new CommandError(`Tenant ${tenant} has no run ${runId}.`);
    const refused = await readRefusals(database, runId);
    if (json) refused.forEach((one) => printJson(one));
    else print(refusalsAsCsv(refused).replaceAll('\r\n', '\n').trimEnd());
  });
}
