import {
  Client,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Connection,
  type ScheduleOptions,
} from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { TASK_QUEUE } from './connect.ts';

/** Each workflow's id begins with its schedule's. */
export const SCHEDULES = {
  samples: 'gate-samples',
  rollUp: 'gate-roll-up',
  sweeps: 'sweeps',
  prune: 'prune-ledger',
  notifications: 'notifications',
} as const;

/** Between two looks at what has turned: a flood of less than that is one message. */
const TELL_EVERY_MS = 30_000;

/**
 * Makes the schedules, or changes them to what is wanted: one samples the open tenants, one folds old samples each
 * night, one asks for the nightly sweeps, one prunes the ledger, if the workers are told to, and one tells people. A round that would
 * overlap the one before it is left out.
 *
 * @param sampleSeconds between two samples
 * @returns their ids
 */
export async function ensureSchedules(
  connection: Connection | NativeConnection,
  namespace: string,
  sampleSeconds: number,
): Promise<string[]> {
  const client = new Client({ connection, namespace });
  const wanted = [
    schedule(SCHEDULES.samples, 'sampleOpenTenants', { intervals: [{ every: sampleSeconds * 1000 }] }),
    schedule(SCHEDULES.rollUp, 'rollUpSamples', { calendars: [{ hour: 3, minute: 17 }] }),
    schedule(SCHEDULES.sweeps, 'requestSweeps', { calendars: [{ hour: 1, minute: 41 }] }),
    schedule(SCHEDULES.prune, 'pruneLedger', { calendars: [{ hour: 1, minute: 43 }] }),
    schedule(SCHEDULES.notifications, 'tellPeople', { intervals: [{ every: TELL_EVERY_MS }] }),
  ];
  for (const options of wanted) {
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      // Whether somebody has paused it stays as it is.
      await client.schedule
        .getHandle(options.scheduleId)
        .update(({ state }) => ({ ...options, state: { paused: state.paused } }));
    }
  }
  return wanted.map(({ scheduleId }) => scheduleId);
}

function schedule(
  scheduleId: string,
  workflowType: string,
  spec: ScheduleOptions['spec'],
): ScheduleOptions & { action: { workflowId: string } } {
  return {
    scheduleId,
    spec,
    action: {
      type: 'startWorkflow',
      workflowType,
      workflowId: scheduleId,
      taskQueue: TASK_QUEUE,
      args: [],
    },
    // After an outage the rounds that were missed tell nothing any more.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
  };
}
