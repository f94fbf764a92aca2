import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { formatTime, microsOf } from '../domain/time.ts';
import type { Trace } from './trace.ts';

/** The name by which Temporal knows the activity that tells a storefront. */
const ACTIVITY = 'publishCatalogItem';

/** A version is told of by its event's workflow, and by those of replays: so many of them are asked. */
const MOST_WORKFLOWS = 3;

/** `PENDING_ACTIVITY_STATE_SCHEDULED` of Temporal's API: it waits for its next try. */
const SCHEDULED = 1;

/**
 * Asks Temporal when the storefront is told again of the version that the catalog has.
 *
 * @returns undefined when no try is to come, when its time has passed, and when Temporal does not say in time: never a guess
 */
export async function askNextTry(
  client: Client,
  trace: Trace,
  { timeoutMs = 1_000 }: { timeoutMs?: number } = {},
): Promise<string | undefined> {
  const workflowIds = publishersOf(trace);
  if (workflowIds.length === 0) return undefined;
  const asked = await client.withDeadline(Date.now() + timeoutMs, () =>
    Promise.allSettled(workflowIds.map((workflowId) => nextTryOf(client, workflowId))),
  );
  // A try whose time has passed waits for a worker: when that comes, nobody knows.
  const now = formatTime(microsOf(new Date()));
  const times = asked.flatMap((one) =>
    one.status === 'fulfilled' && one.value !== undefined && one.value > now ? [one.value] : [],
  );
  return times.toSorted()[0];
}

function publishersOf({ publication, publishAttempts, item, events }: Trace): string[] {
  if (!publication) return [];
  const ofVersion = publishAttempts.filter(({ version }) => version === publication.version);
  if (publication.state !== 'due') {
    // After its end, a version is told of by a replay alone.
    const { replayId } = publication;
    return ofVersion
      .filter((attempt) => replayId !== null && attempt.replayId === replayId)
      .map(({ workflowId }) => workflowId)
      .slice(0, 1);
  }
  const winner = events.find(
    ({ supplier, eventId }) => supplier === item?.supplier && eventId === item.eventId,
  );
  const workflowIds = [...ofVersion, ...(winner ? [winner] : [])].map(({ workflowId }) => workflowId);
  return [...new Set(workflowIds)].slice(0, MOST_WORKFLOWS);
}

async function nextTryOf(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const waiting = raw.pendingActivities?.find(({ activityType }) => activityType?.name === ACTIVITY);
    // oxlint-disable-next-line typescript/no-unsafe-enum-comparison -- the enum's package is no dependency of ours
    if (waiting?.state !== SCHEDULED) return undefined;
    const at = waiting.nextAttemptScheduleTime ?? waiting.scheduledTime;
    if (!at?.seconds) return undefined;
    return formatTime(
      BigInt(at.seconds.toString()) * 1_000_000n + BigInt(Math.floor((at.nanos ?? 0) / 1000)),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
