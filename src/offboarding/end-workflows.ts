import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';

const AT_ONCE = 20;
/** Temporal lists what it has deleted for a while longer, and what it has just started up to two seconds late, in ms. */
const LOOK_AGAIN_MS = 1_500;
const MOST_LOOKS = 60;
/** In a row. */
const EMPTY_LOOKS = 3;
/** gRPC's NOT_FOUND. */
const NOT_FOUND = 5;

/**
 * Terminates a tenant's workflows, and deletes their histories, which tell its events. Begun again, it goes on.
 *
 * @param tenant a tenant's name, which needs no quoting
 * @returns how many there were
 * @throws whatever the client throws while Temporal is away; Error while it goes on listing some
 */
export async function endWorkflows(
  client: Client,
  tenant: string,
  options: { signal?: AbortSignal; onProgress?: (workflows: number) => void } = {},
): Promise<number> {
  const ended = new Set<string>();
  let empty = 0;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    let listed = 0;
    let batch: { workflowId: string; runId: string }[] = [];
    const end = async (): Promise<void> => {
      await Promise.all(batch.map((one) => endOne(client, one)));
      batch = [];
      options.onProgress?.(ended.size);
    };
    for await (const { workflowId, runId } of client.workflow.list({ query: `Tenant = '${tenant}'` })) {
      options.signal?.throwIfAborted();
      listed += 1;
      ended.add(runId);
      batch.push({ workflowId, runId });
      if (batch.length >= AT_ONCE) await end();
    }
    await end();
    empty = listed === 0 ? empty + 1 : 0;
    if (empty === EMPTY_LOOKS) return ended.size;
    await sleep(LOOK_AGAIN_MS, undefined, { ...(options.signal && { signal: options.signal }) });
  }
  throw new Error(`Temporal still lists workflows of tenant ${tenant}`);
}

async function endOne(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<void> {
  await client.workflow
    .getHandle(workflowId, runId)
    .terminate('the tenant is erased')
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  await client.workflowService
    .deleteWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId, runId },
    })
    .catch((error: unknown) => {
      const cause = error instanceof ServiceError ? error.cause : error;
      if (!(cause instanceof Error && 'code' in cause && cause.code === NOT_FOUND)) throw error;
    });
}
