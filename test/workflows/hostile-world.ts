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
  /** All that a storefront, an owner or an auditor would see. */
  everything(): Promise<unknown>;
  /** The input with which an event's workflow was started. */
  inputOf(eventId: string, tenant?: string): Promise<Record<string, unknown>>;
  /** Starts an event's workflow. @returns its result, or the type of its failure */
  run(input: unknown, workflowId: string): Promise<string>;
}

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
      const order = { orderBy: { id: 'asc' as const } };
      return {
        items: await database.catalogItem.findMany({ orderBy: { itemId: 'asc' } }),
        versions: await database.catalogItemVersion.findMany({
          orderBy: [{ itemId: 'asc' }, { version: 'asc' }],
        }),
        attempts: await database.publishAttempt.findMany(order),
        tenants: await database.tenant.findMany(order),
        suppliers: await database.supplier.findMany({ orderBy: [{ tenantId: 'asc' }, { id: 'asc' }] }),
        audit: await database.auditEntry.findMany(order),
        decisions: await product.sql(
          'SELECT seq, decision, rule, item_id, failure_mode, failure_detail, start_due_us FROM supplier_event ORDER BY seq',
        ),
      };
    },
    inputOf: async (eventId, tenant = 'shop') => {
      const history = await hostile.workflow.getHandle(`sync:${tenant}:acme:${eventId}`).fetchHistory();
      const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
      return JSON.parse(Buffer.from(payload?.data ?? '').toString()) as Record<string, unknown>;
    },
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
