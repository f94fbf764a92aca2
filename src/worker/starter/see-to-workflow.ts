import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type Workflow,
  type WorkflowStartOptions,
} from '@temporalio/client';

export type StartResult = 'started' | 'running' | 'already started';

/**
 * Sees to it that a workflow runs that the database says has to.
 *
 * The first time it just starts the workflow. Later times (its lease ended, or open flags let it go), and when Temporal
 * has had one of that id before, it first asks Temporal: a workflow that still runs is left alone; one that ended, was
 * terminated or is unknown is started again, since the database says that it is not done.
 *
 * @param startCount 1 the first time
 * @throws when Temporal does not answer
 */
export async function seeToWorkflow<T extends Workflow>(
  client: Client,
  type: string,
  startCount: number,
  options: WorkflowStartOptions<T>,
): Promise<StartResult> {
  const start = (policy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE'): Promise<StartResult> =>
    startOf(client, type, { ...options, workflowIdReusePolicy: policy });
  if (startCount === 1) {
    const result = await start('REJECT_DUPLICATE');
    if (result !== 'already started') return result;
  }
  return (await isRunning(client, options.workflowId)) ? 'running' : start('ALLOW_DUPLICATE');
}

async function startOf<T extends Workflow>(
  client: Client,
  type: string,
  options: WorkflowStartOptions<T>,
): Promise<StartResult> {
  try {
    await client.workflow.start<T>(type, options);
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already started';
    throw error;
  }
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
