import { Connection, type ConnectionOptions } from '@temporalio/client';
import { PUBLISH_TASK_QUEUE } from '../../../activities/publish-catalog-item.policy.ts';
import { TASK_QUEUE } from '../../temporal/connect.ts';
import { whyUnreachable } from '../../temporal/why-unreachable.ts';
import { missingSearchAttributes } from '../../temporal/search-attributes.ts';
import { failed, ok, reasonOf, skipped, type Check } from './check.ts';

const DEADLINE_MS = 5_000;

/** A long poll takes up to 70 s; a poller that was not seen for longer is gone. */
const POLLER_SEEN_WITHIN_MS = 90_000;

/** `TASK_QUEUE_TYPE_…` of Temporal's API. */
const QUEUE_TYPES = { WORKFLOW: 1, ACTIVITY: 2 } as const;

export interface TemporalToCheck {
  connectionOptions: ConnectionOptions & { address: string };
  namespace: string;
}

/** Temporal itself, the namespace, the search attributes, and whether workers poll. */
export async function checkTemporal({ connectionOptions, namespace }: TemporalToCheck): Promise<Check[]> {
  const { address } = connectionOptions;
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...connectionOptions, connectTimeout: DEADLINE_MS });
  } catch (error) {
    return [
      failed('Temporal', `${address}: ${reasonOf(error)}`, await whyUnreachable(error, connectionOptions)),
      skipped('workers', 'Temporal does not answer'),
    ];
  }
  try {
    const server = ok('Temporal', address);
    const space = await checkNamespace(connection, namespace);
    if (space.status !== 'ok') return [server, space];
    return [
      server,
      space,
      await checkSearchAttributes(connection, namespace),
      await checkPollers(connection, namespace, TASK_QUEUE, 'WORKFLOW'),
      await checkPollers(connection, namespace, PUBLISH_TASK_QUEUE, 'ACTIVITY'),
    ];
  } finally {
    await connection.close();
  }
}

async function checkNamespace(connection: Connection, namespace: string): Promise<Check> {
  const name = 'namespace';
  try {
    await inTime(connection, () => connection.workflowService.describeNamespace({ namespace }));
    return ok(name, namespace);
  } catch (error) {
    return failed(
      name,
      `${namespace}: ${reasonOf(error)}`,
      'Make it, or set TEMPORAL_NAMESPACE to another one.',
    );
  }
}

async function checkSearchAttributes(connection: Connection, namespace: string): Promise<Check> {
  const name = 'search attributes';
  const todo = 'Run `catalog-sync setup`.';
  try {
    const missing = await inTime(connection, () => missingSearchAttributes(connection, namespace));
    if (missing.length > 0) return failed(name, `${missing.join(', ')} not registered`, todo);
    return ok(name, 'all are registered');
  } catch (error) {
    return failed(name, reasonOf(error), todo);
  }
}

async function checkPollers(
  connection: Connection,
  namespace: string,
  queue: string,
  type: 'WORKFLOW' | 'ACTIVITY',
): Promise<Check> {
  const name = `workers of ${queue}`;
  const todo = 'Start one: `catalog-sync worker`.';
  try {
    const { pollers } = await inTime(connection, () =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queue },
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum's package is no dependency of ours
        taskQueueType: QUEUE_TYPES[type],
      }),
    );
    const seenSince = (Date.now() - POLLER_SEEN_WITHIN_MS) / 1000;
    const polling = pollers.filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) >= seenSince);
    return polling.length > 0 ? ok(name, `${polling.length} polling`) : failed(name, 'none polls', todo);
  } catch (error) {
    return failed(name, reasonOf(error), todo);
  }
}

function inTime<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + DEADLINE_MS, work);
}
