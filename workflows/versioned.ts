import { setWorkflowOptions } from '@temporalio/workflow';
import { launchGate } from './launch-gate.ts';
import { replaySupplierEvents } from './replay-supplier-events.ts';
import { runFeed } from './run-feed.ts';
import { sweepStorefront } from './sweep-storefront.ts';

export * from './index.ts';

/**
 * The workflows of a worker that has a build id: a run of these is carried on by the build that began it, until it goes on
 * as a new run. All others follow the current build (see runWorker). Temporal refuses what a worker without a build id
 * answers in a workflow that says so, hence this entry of its own.
 */
const pinned = { versioningBehavior: 'PINNED' } as const;
setWorkflowOptions(pinned, launchGate);
setWorkflowOptions(pinned, replaySupplierEvents);
setWorkflowOptions(pinned, runFeed);
setWorkflowOptions(pinned, sweepStorefront);
