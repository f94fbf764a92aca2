import { isGrpcServiceError, type Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

/** To which builds of a worker deployment Temporal sends workflow tasks. */
export interface Routing {
  /** Undefined: to workers without a build id. */
  current: string | undefined;
  /** Gets a part of what is current's. */
  ramping: string | undefined;
}

const NOT_FOUND = 5;

/** @throws when Temporal does not answer */
export async function readRouting(
  connection: Connection | NativeConnection,
  namespace: string,
  deploymentName: string,
): Promise<Routing> {
  try {
    const { workerDeploymentInfo } = await connection.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const { currentDeploymentVersion, rampingDeploymentVersion } = workerDeploymentInfo?.routingConfig ?? {};
    return {
      current: currentDeploymentVersion?.buildId ?? undefined,
      ramping: rampingDeploymentVersion?.buildId ?? undefined,
    };
  } catch (error) {
    // It is made by the first worker that has a build id.
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND)
      return { current: undefined, ramping: undefined };
    throw error;
  }
}
