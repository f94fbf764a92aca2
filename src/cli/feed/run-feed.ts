import { feedRunWorkflowId } from '../../domain/identity.ts';
import { requestRun } from '../../feed/run/request-run.ts';
import { withContext, type CliContext } from '../context.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { note } from '../output.ts';
import { followRun } from './follow-run.ts';
import { told } from './told.ts';

/** `feed run`: has a worker fetch the next file, and follows. */
export async function runFeed(
  feed: string,
  options: AuditOptions & { tenant: string },
  json: boolean,
): Promise<void> {
  const { tenant } = options;
  await withContext(async (context) => {
    const database = await context.database();
    const by = { ...auditedBy(options), reason: options.reason };
    const runId = await told(() => requestRun(database, { tenant, feed, trigger: 'command', by }));
    await noteWhere(context, { tenant, feed, id: runId });
    await followRun(database, tenant, runId, json);
  });
}

export async function noteWhere(
  context: CliContext,
  run: { tenant: string; feed: string; id: string },
): Promise<void> {
  const { namespace, uiUrl } = await context.temporal();
  const workflow = encodeURIComponent(feedRunWorkflowId(run));
  note(`run ${run.id}: ${uiUrl}/namespaces/${namespace}/workflows/${workflow}`);
}
