import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import {
  GATE_REFUSED,
  type ApprovedTrace,
  type ApproveTraceCommand,
  type GateCommandRef,
  type LaunchGateInput,
  type OpenCanaryCommand,
  type OpenedCanary,
  type WidenedSupplier,
  type WidenSupplierCommand,
} from '../domain/gate-command.ts';
import type { Missing } from '../domain/gate.ts';
import { gateWorkflowId } from '../domain/identity.ts';
import { formatTime, seconds } from '../domain/time.ts';
import { TASK_QUEUE } from '../temporal/connect.ts';
import { TENANT } from '../temporal/search-attribute-keys.ts';
import { GateRefused } from './carry-out.ts';
import { writeGiven } from './given-commands.ts';
import { unknownTenant } from './open-canary.ts';

/** A command is good for so long, by the database's clock; whoever gives it waits a little longer. */
const GOOD_FOR_SECONDS = 11;
const ANSWER_WITHIN_MS = 13_000;

/** The commands of the gate, by the names of the workflow's updates, with their answers. */
export interface GateCommands {
  openCanary: { command: OpenCanaryCommand; answer: OpenedCanary };
  widenSupplier: { command: WidenSupplierCommand; answer: WidenedSupplier };
  approveTrace: { command: ApproveTraceCommand; answer: ApprovedTrace };
}
export type GateCommandName = keyof GateCommands;

/** What the giver of a command says; the rest is added here. */
export type Given<Name extends GateCommandName> = Omit<
  GateCommands[Name]['command'],
  'requestId' | 'expiresAt'
>;

/** Temporal or the workers did not carry a command out. Nothing was changed. */
export class GateUnavailable extends Error {
  override name = 'GateUnavailable';
}

/**
 * Gives a command to the tenant's gate, whose workflow is started where it does not run, and waits for its answer. For
 * an unknown tenant nothing is started.
 *
 * @throws GateRefused with every missing condition
 * @throws GateUnavailable within 15 seconds, when Temporal is away or no worker takes the command; it is void then
 */
export async function giveCommand<Name extends GateCommandName>(
  parts: { client: Client; database: Database },
  name: Name,
  given: Given<Name>,
): Promise<GateCommands[Name]['answer']> {
  const { client, database } = parts;
  const known = await database.tenant.findUnique({ where: { id: given.tenant }, select: { id: true } });
  if (!known) throw unknownTenant(given.tenant);
  const deadline = Date.now() + ANSWER_WITHIN_MS;
  const expiresAt = formatTime((await databaseNow(database)) + seconds(GOOD_FOR_SECONDS));
  const command = { ...given, requestId: randomUUID(), expiresAt };
  const { tenant, requestId } = command;
  await writeGiven(database, name, command);
  for (;;) {
    try {
      return await client.withDeadline(deadline, () => update(client, name, { tenant, requestId }));
    } catch (error) {
      const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
      if (cause instanceof ApplicationFailure) {
        if (cause.type === GATE_REFUSED) throw new GateRefused((cause.details ?? []) as Missing[]);
        // The gate's workflow came to its end just then: the next one takes the command.
        if (cause.type === UPDATE_LOST && Date.now() < deadline) continue;
      }
      // The answer may have been lost on its way; the database knows.
      const done = await database.gateRequest.findUnique({ where: { id: requestId } });
      if (done && done.answer !== null) return done.answer as unknown as GateCommands[Name]['answer'];
      throw new GateUnavailable(inWords(cause ?? error, expiresAt), { cause: error });
    }
  }
}

/** How Temporal calls the failure of an update whose workflow ended before its handler did. */
const UPDATE_LOST = 'AcceptedUpdateCompletedWorkflow';

async function update<Name extends GateCommandName>(
  client: Client,
  name: Name,
  command: GateCommandRef,
): Promise<GateCommands[Name]['answer']> {
  const { tenant, requestId } = command;
  const input: LaunchGateInput = { tenant };
  return client.workflow.executeUpdateWithStart<
    (input: LaunchGateInput) => Promise<void>,
    GateCommands[Name]['answer'],
    [GateCommandRef]
  >(name, {
    updateId: requestId,
    args: [command],
    startWorkflowOperation: new WithStartWorkflowOperation('launchGate', {
      workflowId: gateWorkflowId(tenant),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      taskQueue: TASK_QUEUE,
      args: [input],
      staticSummary: `launch of ${tenant}`,
      typedSearchAttributes: [{ key: TENANT, value: tenant }],
    }),
  });
}

function inWords(error: unknown, expiresAt: string): string {
  const why = error instanceof ApplicationFailure ? ` (${error.message})` : '';
  return (
    `The gate did not carry the command out${why}: Temporal does not answer, or no worker runs. ` +
    `Nothing was changed, and after ${expiresAt} the command is void.`
  );
}
