import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { follow, settled } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { cli, type Cli } from './run.ts';

let product: Product;
let command: Cli;
const at = seconds(1_780_000_000);
const set = (...args: string[]) => command.run(['tenant', 'set', 'shop', ...args]);
const quantityOf = async (sku: string) =>
  (await product.database.catalogItem.findUniqueOrThrow({ where: { itemId: `shop:${sku}` } })).quantity;
const replayOf = (stdout: string) => String(/replay (\S+) carries it out/.exec(stdout)?.[1]);

beforeAll(async () => {
  product = await testProduct();
  command = await cli({ DATABASE_URL: product.urlOf('operator') });
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await product.startWorker();
  for (const [supplier, quantity] of [
    ['acme', 5],
    ['globex', 3],
  ] as const) {
    await record(product.database, 'shop', supplier, [
      { eventId: 'e-1', sku: 'CHAIR', quantity, updatedAt: at + BigInt(quantity) },
    ]);
  }
  await record(product.database, 'shop', 'acme', [
    { eventId: 'e-2', sku: 'LAMP', quantity: 7, updatedAt: at },
  ]);
  await settled(product.database);
});
afterAll(async () => {
  await command.close();
  await product.close();
});

describe('tenant set --stock-rule', () => {
  it('--dry-run says what would become of each item, and changes nothing', async () => {
    const { code, stdout, stderr } = await set('--stock-rule', 'sum', '--reserve', '1', '--dry-run');
    expect([code, stdout]).toEqual([0, 'shop:CHAIR  5 -> 7\nshop:LAMP  7 -> 6\n']);
    expect(stderr).toContain('nothing was changed\nstock rule: sum; 1 kept back; 2 of 2 items change');
    const json = await set('--stock-rule', 'sum', '--dry-run', '--json');
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { itemId: 'shop:CHAIR', quantity: 5, newQuantity: 8 },
      {
        ...{ dryRun: true, tenant: 'shop', items: 2, changed: 1 },
        stockRule: { rule: 'sum', supplierOrder: [], supplierReserves: {}, reserve: 0, maxShown: null },
      },
    ]);
    expect(await product.database.stockRule.count()).toBe(1);
    expect(await product.database.replay.count()).toBe(0);
  });

  it('refuses in a sentence what makes no sense', async () => {
    const unknown = await set('--stock-rule', 'priority', '--supplier-order', 'acme,initech');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      'error: Tenant shop has no supplier initech; catalog-sync supplier list --tenant shop shows them.\n',
    ]);
    expect((await set('--supplier-order', 'acme,acme')).stderr).toContain('names supplier acme twice');
    expect((await set('--state', 'open', '--reason', 'x', '--dry-run')).code).toBe(2);
    const both = await set('--time-zone', 'Europe/Berlin', '--supplier-order', 'initech', '--json');
    expect([both.code, both.stdout]).toEqual([1, '']);
    expect(await product.database.tenant.findUnique({ where: { id: 'shop' } })).toMatchObject({
      timeZone: 'UTC',
    });
    const same = await set('--stock-rule', 'newest');
    expect([same.code, same.stdout]).toEqual([0, '']);
    expect(same.stderr).toContain('The stock rule is that already: newest. Nothing was changed.');
  });

  it('changes the rule by a replay that is listed and shown, and audited with its reason', async () => {
    const { code, stdout } = await set(
      '--stock-rule',
      'sum',
      '--max-shown',
      '6',
      '--reason',
      'two warehouses',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('stock rule: sum; at most 6 shown; 2 of 2 items change\n');
    const id = replayOf(stdout);
    await follow(product.database, id);
    expect([await quantityOf('CHAIR'), await quantityOf('LAMP')]).toEqual([6, 6]);
    expect((await command.run(['replay', 'list', '--tenant', 'shop'])).stdout).toContain(
      'sum; at most 6 shown',
    );
    const shown = (await command.run(['replay', 'show', id])).stdout;
    expect(shown).toContain('stock rule    sum; at most 6 shown');
    expect(shown).not.toContain('1970');
    const trace = (await command.run(['trace', 'LAMP', '--tenant', 'shop'])).stdout;
    expect(trace).toContain('event e-2 of acme (moved to the stock rule sum)');
    expect(trace).toContain(
      'stock rule: sum; at most 6 shown\n             item: moved to the stock rule, version 1 to 2',
    );
    const list = await command.run(['tenant', 'list']);
    expect(list.stdout).toContain('sum; at most 6 shown');
    expect(JSON.parse((await command.run(['tenant', 'list', '--json'])).stdout)).toMatchObject([
      { tenant: 'shop', stockRule: { rule: 'sum', maxShown: 6 }, stockRuleChange: null },
    ]);
    expect(
      await product.database.auditEntry.findFirst({ where: { action: 'tenant.stock_rule' } }),
    ).toMatchObject({
      subject: 'tenant/shop',
      reason: 'two warehouses',
      before: { rule: 'newest', maxShown: null },
      after: { rule: 'sum', maxShown: 6, replay: id },
    });
  });

  it('waits for the change before it; Ctrl-C stops the waiting, and nothing was changed', async () => {
    await product.stopWorkers();
    const first = replayOf((await set('--stock-rule', 'lowest')).stdout);
    const cancelled = await command.run(['replay', 'cancel', first]);
    expect(cancelled.code).toBe(1);
    expect(cancelled.stderr).toContain('carries out a change of the stock rule and cannot be cancelled');
    expect((await command.run(['tenant', 'list'])).stdout).toContain(`(replay ${first} carries it out)`);

    const waiting = command.start(['tenant', 'set', 'shop', '--stock-rule', 'newest']);
    let said = '';
    waiting.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(async () => said.includes(`waiting until replay ${first}`));
    waiting.kill('SIGINT');
    const code = await new Promise((resolve) => waiting.once('close', resolve));
    expect([code, said]).toEqual([130, expect.stringContaining('Nothing was changed.')]);

    const second = set('--max-shown', 'none', '--stock-rule', 'newest');
    await product.startWorker();
    const { stdout } = await second;
    expect((await product.database.replay.findUniqueOrThrow({ where: { id: first } })).state).toBe(
      'completed',
    );
    await follow(product.database, replayOf(stdout));
    expect([await quantityOf('CHAIR'), await quantityOf('LAMP')]).toEqual([5, 7]);
  });
});

describe('supplier set', () => {
  it('--reserve is a change of the stock rule, and --figure-expires is one of the supplier', async () => {
    const dryRun = await command.run([
      'supplier',
      'set',
      'acme',
      '--tenant',
      'shop',
      '--reserve',
      '2',
      '--dry-run',
    ]);
    expect(dryRun.stdout).toBe('shop:CHAIR  5 -> 3\nshop:LAMP  7 -> 5\n');
    const limit = ['supplier', 'set', 'acme', '--tenant', 'shop', '--figure-expires', '48h'];
    const ends = await command.run([...limit, '--dry-run']);
    expect(ends.stderr).toContain(
      'nothing was changed\n2 of 2 figures of acme are older than that; these count no longer',
    );
    const changed = await command.run([
      ...[
        'supplier',
        'set',
        'acme',
        '--tenant',
        'shop',
        '--reserve',
        '2',
        '--figure-expires',
        '48h',
        '--json',
      ],
    ]);
    const result = JSON.parse(changed.stdout) as { replayId: string };
    expect(result).toMatchObject({
      ...{ supplier: 'acme', figureExpiresSeconds: 172_800, figuresTooOld: 2, itemsToChange: 2 },
      stockRule: { rule: 'newest', supplierReserves: { acme: 2 } },
    });
    await follow(product.database, result.replayId);
    const list = await command.run(['supplier', 'list', '--tenant', 'shop', '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject([
      { supplier: 'acme', reserve: 2, figureExpiresSeconds: 172_800 },
      { supplier: 'globex', reserve: 0, figureExpiresSeconds: null },
    ]);
    expect((await command.run(['supplier', 'list'])).stdout).toMatch(/acme .*2 days +2 /);
  });
});
