import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { DataConverter, PayloadCodec, WorkerDeploymentVersion } from '@temporalio/common';
import { Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities } from '../../activities/create-activities.ts';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { PUBLISH_TASK_QUEUE, PUBLISHES_AT_ONCE } from '../../activities/publish-catalog-item.policy.ts';
import { runStarter } from './starter/starter.ts';
import { secondsInWords } from '../domain/span.ts';
import { TASK_QUEUE } from '../temporal/connect.ts';
import { failureConverterPath, workflowBundlePath } from './workflow-bundle.ts';
import { traceActivities } from './tracing/trace-activities.ts';
import { tracingSinks } from './tracing/workflow-span.ts';
import { MAIN_WORKER } from './worker-options.ts';
import { preloadWorkflowThreads } from './workflow-threads.ts';

/** A look at the ledger, or a start, takes some ms; a worker that waits longer for one does not do its work. */
const WORKS_WITHIN_MS = 10_000;
/** The starter's last statements have so long before the Temporal workers begin to end beside it, in ms. */
const STARTER_ENDS_WITHIN_MS = 1_000;

export interface WorkerOptions {
  connection: NativeConnection;
  namespace: string;
  databaseUrl: string;
  dependencies: ActivityDependencies;
  /** Reads, and if `encrypts` writes, payloads that Temporal cannot read; without, it reads none. */
  payloads?: { codec: PayloadCodec; encrypts: boolean } | undefined;
  /** Which build this is, for Temporal to send it the work of that build; without, it takes whatever comes. */
  version?: WorkerDeploymentVersion | undefined;
  /** Another bundle than the build's, for tests of an upgrade. */
  workflowBundle?: string;
  /** Most undecided events at a time. */
  window?: number;
  leaseSeconds?: number;
  /** Between two looks for figures that are too old. */
  expirySeconds?: number;
}

export interface RunningWorker {
  /** Resolves when the worker has ended, by `stop`; rejects when it ended by itself. */
  ended: Promise<void>;
  /** Why it does not do its work; undefined while it does. */
  notReady(): string | undefined;
  /** Lets what runs come to its end, for six seconds at most, then stops. */
  stop(): Promise<void>;
}

/**
 * Runs everything that a worker process does: the starter, which turns ledger rows into workflows; a Temporal worker
 * for workflows and quick activities; and one for publishes that wait.
 *
 * The starter's client uses the worker's own connection, which is what lets Temporal hand a started workflow straight
 * back to this process.
 */
export async function runWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { connection, namespace, databaseUrl, dependencies } = options;
  const { log, database, tracing } = dependencies;
  const name = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  const activities = createActivities(dependencies);
  const encrypts = options.payloads?.encrypts === true;
  const dataConverter: DataConverter = {
    ...(options.payloads && { payloadCodecs: [options.payloads.codec] }),
    ...(encrypts && { failureConverterPath: failureConverterPath() }),
  };
  const interceptors = tracing ? { activity: [traceActivities(tracing)] } : {};
  const versioned = options.version !== undefined;
  const shared = {
    connection,
    namespace,
    identity: name,
    activities,
    dataConverter,
    interceptors,
    ...(options.version && {
      // What is not pinned: workflows that are short, or wait for long and are held to the histories of builds before.
      workerDeploymentOptions: {
        version: options.version,
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'AUTO_UPGRADE',
      } as const,
    }),
    shutdownGraceTime: '6s',
    shutdownForceTime: '8s',
  } as const;
  preloadWorkflowThreads();
  const main = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUE,
    workflowBundle: {
      codePath: options.workflowBundle ?? workflowBundlePath({ encodesFailures: encrypts, versioned }),
    },
    sinks: tracingSinks(tracing),
    ...MAIN_WORKER,
  });
  const publisher = await Worker.create({
    ...shared,
    taskQueue: PUBLISH_TASK_QUEUE,
    maxConcurrentActivityTaskExecutions: PUBLISHES_AT_ONCE,
  });
  const running = [main.run(), publisher.run()];
  const starter = runStarter({
    database,
    databaseUrl,
    client: new Client({ connection, namespace, dataConverter }),
    encrypts,
    worker: name,
    seal: dependencies.seal,
    tracing,
    log,
    ...(options.window !== undefined && { window: options.window }),
    ...(options.leaseSeconds !== undefined && { leaseSeconds: options.leaseSeconds }),
    ...(options.expirySeconds !== undefined && { expirySeconds: options.expirySeconds }),
  });

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    // First, so that what it has just started still finds its worker; but it may hang.
    const starterEnds = starter.stop();
    await Promise.race([starterEnds, sleep(STARTER_ENDS_WITHIN_MS, undefined, { ref: false })]);
    for (const worker of [main, publisher]) if (worker.getState() === 'RUNNING') worker.shutdown();
    await starterEnds;
  };
  const ended = Promise.all(running)
    .then(() => undefined)
    .finally(stop);
  return {
    ended,
    notReady: () => {
      const blind = starter.blindForMs();
      if (blind > WORKS_WITHIN_MS) {
        return `it has not been able to look at the ledger for ${secondsInWords(blind / 1000)}`;
      }
      const refused = starter.refusedForMs();
      if (refused > WORKS_WITHIN_MS) {
        return `Temporal has taken no workflow from it for ${secondsInWords(refused / 1000)}`;
      }
      const dead = [main, publisher].find((worker) => worker.getState() !== 'RUNNING');
      return dead && `its Temporal worker is ${dead.getState().toLowerCase()}`;
    },
    stop: async () => {
      await stop();
      await ended;
    },
  };
}
