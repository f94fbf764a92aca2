import type { Client } from '@temporalio/client';
import { seconds } from '../../src/domain/time.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';

export const at = seconds(1_780_000_000);
const year9999 = 253_370_764_800_000_000n;

export interface HostileWorld {
  product: Product;
  /** Somebody who reaches Temporal, knows every id and history, and has no key. */
  hostile: Client;
  /** All that a storefront, an owner or an auditor would see; without the leases of what is under way. */
  everything(): Promise<Everything>;
  /** The input with which an event's workflow was started. */
  inputOf(eventId: string, tenant?: string, supplier?: string): Promise<Record<string, unknown>>;
  /** Starts an event's workflow. @returns its result, or the type of its failure */
  run(input: unknown, workflowId: string): Promise<string>;
}

export type Everything = Record<string, unknown[]>;

/** Which rows of a table are looked at, and which of their columns. */
const LOOKED_AT: Readonly<Record<string, string>> = {
  items: 'SELECT * FROM catalog_item ORDER BY item_id',
  versions: 'SELECT * FROM catalog_item_version ORDER BY item_id, version',
  attempts: 'SELECT * FROM publish_attempt ORDER BY id',
  tenants: 'SELECT * FROM tenant ORDER BY id',
  suppliers: 'SELECT * FROM supplier ORDER BY tenant_id, id',
  audit: 'SELECT * FROM audit_entry ORDER BY id',
  decisions: `SELECT seq, decision, rule, item_id, failure_mode, failure_detail, start_due_us, held_at_us
                FROM supplier_event ORDER BY seq`,
  replays: 'SELECT id, state, events_total, prepared_at_us, finished_at_us FROM replay ORDER BY id',
  replayEvents: `SELECT replay_id, seq, is_last, first_due_us, done_at_us, outcome, failure_mode
                   FROM replay_event ORDER BY replay_id, seq`,
  replayItems: 'SELECT * FROM replay_item ORDER BY replay_id, item_id',
  sweeps: 'SELECT * FROM sweep ORDER BY id',
  sweepFindings: 'SELECT * FROM sweep_finding ORDER BY sweep_id, item_id',
  feedRuns: 'SELECT * FROM feed_run ORDER BY id',
  feedEvents: 'SELECT * FROM feed_event ORDER BY seq',
  gateCommands: 'SELECT * FROM gate_request ORDER BY id',
  gateWatches: 'SELECT * FROM gate_watch ORDER BY tenant_id, supplier_id',
  checklist: 'SELECT * FROM checklist_item ORDER BY tenant_id, name',
  reviews: 'SELECT * FROM trace_review ORDER BY tenant_id, supplier_id, watch_number, event_seq',
};

/** An open tenant with decided and rejected events, a closed one, and a worker. */
export async function hostileWorld(): Promise<HostileWorld> {
  const product = await testProduct();
  const hostile = product.client;
  const { database } = product;
  await openTenant(database, 'shop', ['acme']);
  await database.tenant.create({ data: { id: 'closed' } });
  await database.supplier.create({ data: { tenantId: 'closed', id: 'acme' } });
  await product.startWorker({ leaseSeconds: 2 });
  await record(database, 'shop', 'acme', [
    { eventId: 'good', sku: 'CHAIR-01', quantity: 7, updatedAt: at },
    { eventId: 'late', sku: 'CHAIR-01', quantity: 5, updatedAt: at - 1n },
    { eventId: 'malformed', sku: '=CHAIR', quantity: 1, updatedAt: at + 5n },
    { eventId: 'drifting', sku: 'CHAIR-01', quantity: 0, updatedAt: year9999 },
  ]);
  await settled(database);
  return {
    product,
    hostile,
    everything: async () => {
      const found: Everything = {};
      for (const [what, query] of Object.entries(LOOKED_AT)) found[what] = await product.sql(query);
      return found;
    },
    inputOf: (eventId, tenant = 'shop', supplier = 'acme') =>
      startedWith(hostile, `sync:${tenant}:${supplier}:${eventId}`),
    run: async (input, workflowId) => {
      const handle = await hostile.workflow.start('syncSupplierEvent', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [input],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
      return handle.result().then(
        (result) => JSON.stringify(result),
        (error: { cause?: { type?: string } }) => error.cause?.type ?? JSON.stringify(error),
      );
    },
  };
}

/** What a workflow was started with, as everybody reads it who reaches Temporal. */
export async function startedWith(client: Client, workflowId: string): Promise<Record<string, unknown>> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? '').toString()) as Record<string, unknown>;
}
