import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cli, type Cli } from '../cli/run.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

let product: Product;
let shell: Cli;

const workflows = async (tenant: string): Promise<number> =>
  (await product.client.workflow.count(`Tenant = '${tenant}'`)).count;
const away = { TEMPORAL_ADDRESS: '127.0.0.1:9' };

beforeAll(async () => {
  product = await testProduct();
  shell = await cli({
    DATABASE_URL: product.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: product.client.options.namespace,
  });
  await product.startWorker();
  for (const tenant of ['leaver', 'stayer']) {
    await openTenant(product.database, tenant, ['acme']);
    await record(product.database, tenant, 'acme', [
      { eventId: 'e-1', sku: 'CHAIR', quantity: 1, updatedAt: 1n },
      { eventId: 'e-2', sku: 'CHAIR', quantity: 2, updatedAt: 2n },
    ]);
  }
  // One that runs, whatever else is done.
  await product.client.workflow.start('launchGate', {
    workflowId: 'gate:leaver',
    taskQueue: 'nobody-listens',
    args: [{ tenant: 'leaver' }],
    searchAttributes: { Tenant: ['leaver'] },
  });
  await until(async () => (await workflows('leaver')) === 3 && (await workflows('stayer')) === 2);
  await product.stopWorkers();
}, 60_000);
afterAll(async () => {
  await shell?.close();
  await product?.close();
});

describe('tenant export', () => {
  it('writes a folder and says what is in it', async () => {
    const to = path.join(shell.folder, 'out');
    const { code, stdout, stderr } = await shell.run(['tenant', 'export', 'leaver', '--to', to]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/All of tenant leaver as of 20.*Z, without secrets/),
    ]);
    expect(stdout).toMatch(/supplier_event\.ndjson\.gz +2 +\d+/);
    expect(readdirSync(to)).toContain('manifest.json');
    const again = await shell.run(['tenant', 'export', 'leaver', '--to', to]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is not empty')]);
  });
});

describe('tenant erase', () => {
  it('refuses an open tenant, an unknown one, one without a reason, and one that nobody said yes to', async () => {
    const yes = ['--reason', 'gone', '--yes'];
    const open = await shell.run(['tenant', 'erase', 'leaver', ...yes]);
    expect([open.code, open.stderr]).toEqual([1, expect.stringContaining('only a closed one can be erased')]);
    const unknown = await shell.run(['tenant', 'erase', 'nobody', ...yes]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('There is no tenant nobody')]);
    await product.sql(`UPDATE tenant SET state = 'closed' WHERE id = 'leaver'`);
    expect((await shell.run(['tenant', 'erase', 'leaver', '--yes'])).code).toBe(2);
    expect((await shell.run(['tenant', 'erase', 'leaver', '--reason', 'gone'])).code).toBe(2);
  });

  it('counts in a dry run', async () => {
    const { code, stdout } = await shell.run(['tenant', 'erase', 'leaver', '--dry-run', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { dryRun: true, tenant: 'leaver', rows: { supplier_event: 2, tenant: 1, catalog_item: 1 } },
    ]);
    expect(await product.database.supplierEvent.count({ where: { tenantId: 'leaver' } })).toBe(2);
  });

  it('erases the rows while Temporal is away, says what is left, and goes on when it is back', async () => {
    const args = ['tenant', 'erase', 'leaver', '--reason', 'contract ended', '--yes'];
    const first = await shell.run(args, { env: away });
    expect([first.code, first.stderr]).toEqual([
      1,
      expect.stringMatching(/its workflows in Temporal were not all ended/),
    ]);
    expect(await product.database.tenant.count({ where: { id: 'leaver' } })).toBe(0);
    expect(await workflows('leaver')).toBe(3);

    const second = await shell.run([...args, '--json']);
    expect([second.code, second.stderr]).toEqual([
      0,
      expect.stringMatching(/^(?:leaver: 3 workflows ended\n)*$/),
    ]);
    expect(JSON.parse(second.stdout)).toMatchObject({
      tenant: 'leaver',
      workflows: 3,
      erased: { supplier_event: 2, supplier: 1 },
    });
    expect(await workflows('leaver')).toBe(0);
    expect(await workflows('stayer')).toBe(2);
    expect(await product.database.supplierEvent.count({ where: { tenantId: 'stayer' } })).toBe(2);
    const again = await shell.run(args);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Tenant leaver was erased')]);
    const entries = await product.database.auditEntry.findMany({ where: { action: 'tenant.erased' } });
    expect(entries).toMatchObject([{ tenantId: 'leaver', reason: 'contract ended', principalKind: 'cli' }]);
  }, 120_000);
});
