import { isGrpcServiceError, type Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

/** To which builds of a worker deployment Temporal sends workflow tasks. */
export interface Routing {
  /** Undefined: to workers without a build id. */
  current: string | undefined;
  /** Gets a part of what is current's. */
  ramping: string | undefined;
}

/** gRPC's: there is no such deployment, and a server that knows of none. */
const NONE: ReadonlySet<number> = new Set([5, 12]);

/** @throws when Temporal does not answer, or not to us */
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
    if (isGrpcServiceError(error) && NONE.has(error.code)) return { current: undefined, ramping: undefined };
    throw error;
  }
}
