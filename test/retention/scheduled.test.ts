import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureSchedules, SCHEDULES } from '../../src/temporal/schedules.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { live } from './history.ts';

let product: Product;
const folder = mkdtempSync(path.join(tmpdir(), 'archives-'));

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme']);
  await live(
    product,
    'shop',
    Array.from({ length: 20 }, (_, no) => ({
      does: 'arrive' as const,
      sku: 'CHAIR',
      event: { supplier: 'acme', eventId: `e-${no}`, quantity: no, updatedAt: BigInt(no) },
      old: true,
      answer: 'accepted' as const,
    })),
  );
});
afterAll(async () => {
  await product.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Lets the schedule's workflow run once. @returns what it says */
async function runOnce(): Promise<string> {
  const { connection, options } = product.client;
  await ensureSchedules(connection as Parameters<typeof ensureSchedules>[0], options.namespace, 60);
  const handle = product.client.schedule.getHandle(SCHEDULES.prune);
  try {
    await handle.trigger();
    const { workflowId } = await until(async () => {
      const [action] = (await handle.describe()).info.recentActions;
      return action?.action.type === 'startWorkflow' && action.action.workflow;
    });
    return (await product.client.workflow.getHandle(workflowId).result()) as string;
  } finally {
    for (const id of Object.values(SCHEDULES)) await product.client.schedule.getHandle(id).delete();
  }
}

it('a worker that is told no retention prunes nothing', async () => {
  const worker = await product.startWorker();
  expect(await runOnce()).toBe('RETENTION_DAYS is not set: nothing is pruned.');
  await worker.stop();
  expect(await product.database.supplierEvent.count()).toBe(20);
});

it('one that is told prunes by schedule, into its archive, and writes down who did it', async () => {
  await product.startWorker({ retention: { days: 400, archiveDir: folder } });
  expect(await runOnce()).toBe('shop: 18 events');
  expect(await product.database.supplierEvent.count()).toBe(2);
  const [archive = ''] = readdirSync(folder);
  expect(readdirSync(path.join(folder, archive)).toSorted()).toEqual([
    'events-00001.ndjson.gz',
    'manifest.json',
  ]);
  const [run] = await product.database.pruneRun.findMany();
  expect(run).toMatchObject({ actor: 'retention', state: 'completed', archive, events: 18n });
  expect(
    (await product.database.auditEntry.findMany({ where: { actor: 'retention' } })).map((e) => e.action),
  ).toEqual(['prune.run', 'prune.end']);
});

it('is done once a night, however often somebody starts it', async () => {
  expect(await runOnce()).toBe('shop: pruned before');
  expect(await product.database.auditEntry.count({ where: { actor: 'retention' } })).toBe(2);
  expect(await product.database.pruneRun.count()).toBe(1);
});

it('leaves a tenant alone that is being erased, or that somebody else prunes, and goes on with the others', async () => {
  for (const tenant of ['busy', 'leaver', 'zoo']) await openTenant(product.database, tenant, ['acme']);
  await product.sql(
    `WITH run AS (INSERT INTO prune_run (tenant_id, actor, cutoff_us)
                  SELECT t, 'ada', 1 FROM unnest(ARRAY['busy', 'leaver']) t RETURNING id, tenant_id)
     INSERT INTO tenant_erasure (tenant_id, actor, reason, prune_id)
     SELECT tenant_id, 'ada', 'x', id FROM run WHERE tenant_id = 'leaver'`,
  );
  // As after an erasure that was ended long ago.
  await product.sql(`UPDATE prune_run SET seen_at_us = 1 WHERE tenant_id = 'leaver'`);
  expect(await runOnce()).toBe('busy: not pruned, shop: pruned before, zoo: 0 events');
  expect(await product.database.pruneRun.count({ where: { tenantId: 'leaver' } })).toBe(1);
  expect(readdirSync(folder)).toHaveLength(1);
});
