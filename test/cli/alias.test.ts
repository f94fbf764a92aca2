import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { cli, type Cli } from './run.ts';

let product: Product;
let command: Cli;
const OF_SHOP = ['--tenant', 'shop'];
const OF_ACME = [...OF_SHOP, '--supplier', 'acme'];
const put = (name: string, text: string): Promise<void> => writeFile(path.join(command.folder, name), text);

beforeAll(async () => {
  product = await testProduct();
  command = await cli({ DATABASE_URL: product.urlOf('operator') });
  await openTenant(product.database, 'shop', ['acme']);
  await put('stock.csv', 'sku,quantity,updatedAt\n4711,3,2026-11-20T06:00:00Z\nX-1,5,2026-11-20T06:00:00Z\n');
  await put('aliases.csv', 'code;SKU;factor\n4711;CHAIR-01;12\n');
});
afterAll(async () => {
  await command?.close();
  await product?.close();
});

describe('alias', () => {
  it('tells every fault with its line, and takes nothing', async () => {
    await put('bad.csv', 'code,sku,factor\n4711,,1\nA,DESK,1/12\nB,LAMP,1\n');
    const bad = await command.run(['alias', 'import', 'bad.csv', ...OF_ACME]);
    expect([bad.code, bad.stdout]).toEqual([1, '']);
    expect(bad.stderr).toContain('line 2: the SKU is missing\nline 3: the factor 1/12 is no whole number');
    expect(bad.stderr).toContain('Nothing was imported.');
    expect((await command.run(['alias', 'list', ...OF_SHOP])).stderr).toContain('There are none');
  });

  it('maps what waits: held, listed, imported, released', async () => {
    const held = await command.run(['tenant', 'set', 'shop', '--unknown-sku', 'hold']);
    expect([held.code, held.stdout]).toEqual([0, expect.stringContaining('codes without an alias: held')]);
    const ingested = await command.run(['ingest', 'stock.csv', ...OF_ACME]);
    expect(ingested.stderr).toContain('of the accepted ones 2 wait for an alias (unknown_sku)');
    const unknown = await command.run(['alias', 'unknown', ...OF_SHOP]);
    expect(unknown.stdout).toMatch(/acme +4711 +1 .* 3\b/);
    expect(JSON.parse((await command.run(['alias', 'unknown', ...OF_ACME, '--json'])).stdout)).toMatchObject([
      { code: '4711', count: 1 },
      { code: 'X-1', count: 1, lastQuantity: 5 },
    ]);
    const tried = await command.run(['alias', 'import', 'aliases.csv', ...OF_ACME, '--dry-run']);
    expect(tried.stdout).toBe(
      'would be: 1 added, 0 changed, 0 as they were; 1 event that waited would flow (nothing was written)\n',
    );
    const done = await command.run(['alias', 'import', 'aliases.csv', ...OF_ACME]);
    expect(done.stdout).toBe('1 added, 0 changed, 0 as they were; 1 event that waited flows\n');
    expect((await command.run(['alias', 'import', 'aliases.csv', ...OF_ACME])).stdout).toBe(
      '0 added, 0 changed, 1 as they were\n',
    );
    await product.startWorker();
    await expect
      .poll(async () => (await command.run(['trace', 'CHAIR-01', ...OF_SHOP])).stdout, { timeout: 20_000 })
      .toMatch(/acme's code 4711 is CHAIR-01 by the alias of \d{4}-\d\d-\d\d\s+\(× 12: it\s+said 3\)/);
    const preview = await command.run(['feed', 'preview', 'stock.csv', ...OF_ACME]);
    expect(preview.stdout).toMatch(/4711 +CHAIR-01 +36/);
    expect(preview.stdout).toContain('1 event would be held, its code has no alias (unknown_sku): X-1');
  });

  it('lists, exports and forgets', async () => {
    expect((await command.run(['alias', 'list', ...OF_SHOP])).stdout).toMatch(
      /acme +4711 +CHAIR-01 +12 +\d{4}-/,
    );
    const csv = (await command.run(['alias', 'export', ...OF_ACME])).stdout;
    expect(csv).toBe('code,sku,factor\n4711,CHAIR-01,12\n');
    await put('again.csv', csv);
    expect((await command.run(['alias', 'import', 'again.csv', ...OF_ACME])).stdout).toContain(
      '1 as they were',
    );
    const removed = await command.run(['alias', 'remove', '4711', 'nothing', ...OF_ACME]);
    expect([removed.code, removed.stdout]).toEqual([1, 'removed: 4711\n']);
    expect(removed.stderr).toContain('acme has no alias for nothing.');
  });
});
