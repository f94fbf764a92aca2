import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type Workflow,
  type WorkflowExecutionDescription,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { Payload } from '@temporalio/common';

export type StartResult = 'started' | 'running' | 'already started';

/**
 * Sees to it that a workflow runs that the database says has to.
 *
 * The first time it just starts the workflow. Later times (its lease ended, or open flags let it go), and when Temporal
 * has had one of that id before, it first asks Temporal: a workflow of ours that still runs is left alone; one that ended,
 * was terminated, is unknown, or was started by somebody else in the place of ours, is started (again), since the database
 * says that it is not done.
 *
 * @param startCount 1 the first time
 * @param known.isOurs by what a running one was started with; one of another type or task queue is not anyway
 * @param known.isUndecided of an event: what has not decided it after several leases is not going to
 * @throws when Temporal does not answer
 */
export async function seeToWorkflow<T extends Workflow>(
  client: Client,
  type: string,
  startCount: number,
  options: WorkflowStartOptions<T>,
  known: { isOurs?: (input: unknown) => boolean; isUndecided?: boolean } = {},
): Promise<StartResult> {
  const start = (policies: Policies): Promise<StartResult> =>
    startOf(client, type, { ...options, ...policies });
  if (startCount === 1) {
    const result = await start({ workflowIdReusePolicy: 'REJECT_DUPLICATE' });
    if (result !== 'already started') return result;
  }
  const running = await findRunning(client, options.workflowId);
  if (!running) return start({ workflowIdReusePolicy: 'ALLOW_DUPLICATE' });
  const { isOurs = () => true, isUndecided = false } = known;
  const isGenuine =
    running.type === type &&
    running.taskQueue === options.taskQueue &&
    isOurs(await inputOf(client, options.workflowId, running.runId));
  if (isGenuine && (startCount < PATIENCE || !(isUndecided || isStuck(running)))) return 'running';
  return start({ workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'TERMINATE_EXISTING' });
}

/** After so many starts, minutes apart, a workflow that could go on has done so. */
const PATIENCE = 5;

/**
 * Whether it waits for neither a worker nor an activity, or for a worker that can go on with it: whoever answers workflow
 * tasks can make it wait for years, or leave a history that no worker of ours takes for its own.
 */
function isStuck({ raw }: WorkflowExecutionDescription): boolean {
  const task = raw.pendingWorkflowTask;
  return task ? Number(task.attempt) > TASK_ATTEMPTS : (raw.pendingActivities ?? []).length === 0;
}

/** A workflow task that failed so often fails again. One that no worker has taken yet is at its first. */
const TASK_ATTEMPTS = 2;

type Policies = Pick<WorkflowStartOptions, 'workflowIdReusePolicy' | 'workflowIdConflictPolicy'>;

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

async function findRunning(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    const found = await client.workflow.getHandle(workflowId).describe();
    return found.status.name === 'RUNNING' ? found : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** What a run was started with; undefined where that cannot be read. */
async function inputOf(client: Client, workflowId: string, runId: string): Promise<unknown> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const stored = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  try {
    const [payload] = await decoded(client, stored.slice(0, 1));
    return JSON.parse(Buffer.from(payload?.data ?? '').toString());
  } catch {
    return undefined;
  }
}

/** The client decodes results by itself, and histories not. */
async function decoded(client: Client, payloads: Payload[]): Promise<Payload[]> {
  let read = payloads;
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    read = await codec.decode(read);
  return read;
}
