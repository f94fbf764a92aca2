import type { Client } from '@temporalio/client';
import { keywordOf, REPLAY_ID, SKU, SUPPLIER, TENANT } from '../../temporal/search-attribute-keys.ts';
import type { syncSupplierEvent } from '../../../workflows/sync-supplier-event.ts';
import { plainInMarkdown } from '../../domain/markdown.ts';
import type { Seal } from '../../domain/seal.ts';
import { sealedFacts, type SyncInput } from '../../domain/sync-event.ts';
import type { DueEvent } from '../../ledger/claim-supplier-events.ts';
import { TASK_QUEUE } from '../../temporal/connect.ts';
import { seeToWorkflow, type StartResult } from './see-to-workflow.ts';

/**
 * Sees to it that the event's workflow runs, live or in a replay.
 *
 * @param options.encrypts leaves the SKU out of the search attributes, which Temporal has to read
 * @throws when Temporal does not answer
 */
export function startSyncWorkflow(
  client: Client,
  { seal, encrypts = false }: { seal: Seal; encrypts?: boolean },
  due: DueEvent,
): Promise<StartResult> {
  const { input } = due;
  const sealed = { ...input, seal: seal.of(due.workflowId, sealedFacts(input)) };
  return seeToWorkflow<typeof syncSupplierEvent>(
    client,
    'syncSupplierEvent',
    due.startCount,
    {
      workflowId: due.workflowId,
      taskQueue: TASK_QUEUE,
      args: [sealed],
      requestEagerStart: true,
      staticSummary: `${input.replayId === undefined ? '' : 'replay of '}${input.supplier}: ${plainInMarkdown(input.sku.trim().slice(0, 80))} has ${input.quantity} at ${input.updatedAt}`,
      typedSearchAttributes: [
        { key: TENANT, value: input.tenant },
        { key: SUPPLIER, value: input.supplier },
        ...(encrypts ? [] : [{ key: SKU, value: keywordOf(input.sku) }]),
        ...(input.replayId === undefined ? [] : [{ key: REPLAY_ID, value: input.replayId }]),
      ],
    },
    {
      isOurs: (started) => isOurs(seal, due.workflowId, started, input),
      isUndecided: due.undecided,
    },
  );
}

/** Sealed by one of us, whatever the supplier's rules were then, and about this row and replay. */
function isOurs(seal: Seal, workflowId: string, started: unknown, due: DueEvent['input']): boolean {
  if (typeof started !== 'object' || started === null) return false;
  const input = started as SyncInput;
  return (
    seal.isOurs(input.seal, workflowId, sealedFacts(input)) &&
    input.seq === due.seq &&
    input.replayId === due.replayId
  );
}
