import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import type {
  ApprovedTrace,
  ApproveTraceCommand,
  GateCommandRef,
  LaunchGateInput,
  OpenCanaryCommand,
  OpenedCanary,
  WidenedSupplier,
  WidenSupplierCommand,
} from '../domain/gate-command.ts';
import { gateWorkflowId } from '../domain/identity.ts';
import { formatTime, seconds } from '../domain/time.ts';
import { TASK_QUEUE } from '../temporal/connect.ts';
import { TENANT } from '../temporal/search-attribute-keys.ts';
import { GateRefused } from './carry-out.ts';
import { readCommandEnd, voidCommand } from './command-end.ts';
import { writeGiven } from './given-commands.ts';
import { unknownTenant } from './open-canary.ts';

/** A command is good for so long, by the database's clock; whoever gives it waits a little longer. */
const GOOD_FOR_SECONDS = 11;
const ANSWER_WITHIN_MS = 13_000;
const END_WITHIN_MS = 1_000;

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

/** Temporal or the workers did not carry a command out. Nothing was changed, and nothing will be by it. */
export class GateUnavailable extends Error {
  override name = 'GateUnavailable';
}

/**
 * Gives a command to the tenant's gate, whose workflow is started where it does not run, and waits for its answer. For
 * an unknown tenant nothing is started. What Temporal answers says when to look, and never what was done: that stands in
 * the command's row.
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
  const ref = { tenant, requestId };
  let failure: unknown;
  do {
    failure = await client
      .withDeadline(deadline, () => update(client, name, ref))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    // The gate's workflow came to its end just then: the next one takes the command.
  } while (isLost(failure) && Date.now() < deadline);
  const end = (await readCommandEnd(database, ref)) ?? (await voidCommand(database, ref));
  if (end?.answer) return end.answer as GateCommands[Name]['answer'];
  if (end) throw new GateRefused(end.missing);
  await endGate(client, tenant);
  throw new GateUnavailable(
    'The gate did not carry the command out: Temporal does not answer, or no worker of ours runs. ' +
      'Nothing was changed, and the command is void.',
    { cause: failure },
  );
}

/**
 * Ends what runs in the gate's place and did not do what it was asked: it may be nobody's of ours. The next command, and
 * the round of samples, start another.
 */
async function endGate(client: Client, tenant: string): Promise<void> {
  const gate = client.workflow.getHandle(gateWorkflowId(tenant));
  await client
    .withDeadline(Date.now() + END_WITHIN_MS, () => gate.terminate('it did not carry a command out'))
    .catch(() => undefined);
}

/** Whether an update failed because its workflow ended before its handler did. */
function isLost(failure: unknown): boolean {
  return (
    failure instanceof WorkflowUpdateFailedError &&
    failure.cause instanceof ApplicationFailure &&
    failure.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}

async function update(client: Client, name: GateCommandName, command: GateCommandRef): Promise<void> {
  const { tenant, requestId } = command;
  const input: LaunchGateInput = { tenant };
  await client.workflow.executeUpdateWithStart<
    (input: LaunchGateInput) => Promise<void>,
    unknown,
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
