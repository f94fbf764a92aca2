import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Seal } from '../src/domain/seal.ts';
import { sealedFacts, UNSEALED, type SyncInput } from '../src/domain/sync-event.ts';
import { withoutStack } from '../src/domain/without-stack.ts';

/** The only workflow that is ever started with a sealed input. */
const SEALED_WORKFLOW = 'syncSupplierEvent';

/**
 * Believes an input only if a worker of ours made it for this very workflow, by id and type: whoever reaches Temporal can
 * start one, and say of an event what he likes.
 *
 * @throws ApplicationFailure, not retried, of type `unsealed_input`; the starter begins the workflow anew, if its event is due
 */
export function checkSeal(seal: Seal, input: SyncInput): void {
  const { workflowExecution, workflowType } = Context.current().info;
  const isSealed =
    typeof input === 'object' &&
    input !== null &&
    seal.isOurs(input.seal, workflowExecution?.workflowId ?? '', sealedFacts(input));
  if (isSealed && workflowType === SEALED_WORKFLOW) return;
  throw unsealed();
}

/** What an input meets that nobody of ours made for this step. */
export function unsealed(): ApplicationFailure {
  return withoutStack(
    ApplicationFailure.nonRetryable(
      'the input was not made by a worker of this product for this workflow',
      UNSEALED,
    ),
  );
}

/** In which run of a workflow something holds. */
export function runContext(): string {
  const { workflowId, runId } = Context.current().info.workflowExecution ?? {};
  return `${workflowId ?? ''} ${runId ?? ''}`;
}
