import { makeContinueAsNewFunc, workflowInfo, type Workflow } from '@temporalio/workflow';

/**
 * Whether a run should go on as a new one: its history grows long, or it is pinned to another version of the workers than
 * the one that new runs go to by now.
 */
export function shouldGoOnAnew(): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged } = workflowInfo();
  return continueAsNewSuggested || targetWorkerDeploymentVersionChanged;
}

/** Goes on as a new run, which leaves the version of the workers behind that this one is pinned to. */
export function goOnAnew<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  return makeContinueAsNewFunc<F>({ initialVersioningBehavior: 'AUTO_UPGRADE' })(...args);
}
