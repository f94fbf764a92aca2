import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { commandPolicy, samplePolicy } from '../activities/launch-gate.policy.ts';
import type {
  ApprovedTrace,
  GateCommandRef,
  LaunchGateInput,
  OpenedCanary,
  WidenedSupplier,
} from '../src/domain/gate-command.ts';
import { goOnAnew, shouldGoOnAnew } from './go-on-anew.ts';

const { sampleGate } = proxyActivities<Pick<Activities, 'sampleGate'>>(samplePolicy);
const commands =
  proxyActivities<Pick<Activities, 'openCanary' | 'widenSupplier' | 'approveTrace'>>(commandPolicy);

export const openCanary = defineUpdate<OpenedCanary, [GateCommandRef]>('openCanary');
export const widenSupplier = defineUpdate<WidenedSupplier, [GateCommandRef]>('widenSupplier');
export const approveTrace = defineUpdate<ApprovedTrace, [GateCommandRef]>('approveTrace');

/** More than an hour of rounds; far below Temporal's limits. */
const LONGEST_HISTORY = 1_000;

/**
 * A tenant's launch: samples its signals, round after round, for as long as the tenant is in canary, and takes the
 * commands of the gate. All that counts is in the database: lost and started anew, it goes on where it was.
 */
export async function launchGate({ tenant }: LaunchGateInput): Promise<void> {
  let handled = 0;
  /** A command's failure is the update's, in the words of its activity. */
  const obey = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (failure) {
      if (failure instanceof ActivityFailure && failure.cause instanceof ApplicationFailure) {
        throw failure.cause;
      }
      throw failure;
    } finally {
      handled += 1;
    }
  };
  const validator = (command: GateCommandRef): void => checkCommand(tenant, command);
  setHandler(openCanary, (command) => obey(commands.openCanary(command)), { validator });
  setHandler(widenSupplier, (command) => obey(commands.widenSupplier(command)), { validator });
  setHandler(approveTrace, (command) => obey(commands.approveTrace(command)), { validator });

  for (;;) {
    const before = handled;
    const { state, says, pauseMs } = await sampleGate.executeWithOptions({ summary: `sample ${tenant}` }, [
      tenant,
    ]);
    setCurrentDetails(says);
    if (state !== 'canary') {
      await condition(allHandlersFinished);
      // A command may just have opened the canary.
      if (handled === before) return;
      continue;
    }
    // After a command it looks again at once.
    await condition(() => handled !== before, pauseMs);
    if (shouldGoOnAnew() || workflowInfo().historyLength > LONGEST_HISTORY) {
      await condition(allHandlersFinished);
      await goOnAnew<typeof launchGate>({ tenant });
    }
  }
}

/** What reaches an activity has the right shape; whatever else is wrong, the activity says it. */
function checkCommand(tenant: string, command: GateCommandRef): void {
  if (typeof command?.requestId !== 'string' || command.requestId === '') {
    throw ApplicationFailure.nonRetryable('the command has no requestId', 'WrongCommand');
  }
  if (command.tenant !== tenant) {
    throw ApplicationFailure.nonRetryable(`the command is not for tenant ${tenant}`, 'WrongCommand');
  }
}
