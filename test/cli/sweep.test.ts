import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sweepStatusSchema } from '../../src/http/routes/sweep-schema.ts';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { pushStorefront, type PushStorefront } from '../support/push-storefront.ts';
import { record } from '../support/record.ts';
import { settled } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';
import { cli, type Cli } from './run.ts';

let product: Product;
let shop: PushStorefront;
let command: Cli;
const OF_SHOP = ['--tenant', 'shop'];
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  product = await testProduct();
  shop = await pushStorefront();
  command = await cli({ DATABASE_URL: product.urlOf('operator') });
  await openTenant(product.database, 'shop', ['acme']);
  await shopAt(product.sql, shop.url);
  await product.startWorker();
  const events = ['CHAIR-01', 'CHAIR-02', 'CHAIR-03'].map((sku) => ({
    ...{ eventId: sku, sku, quantity: 4, updatedAt: seconds(1_780_000_000) },
  }));
  await record(product.database, 'shop', 'acme', events);
  await settled(product.database);
});
afterAll(async () => {
  await command.close();
  await product.close();
  await shop.close();
});

describe('sweep', () => {
  it('--dry-run says what would be asked and how, and changes nothing', async () => {
    const { code, stdout } = await command.run(['sweep', ...OF_SHOP, '--dry-run']);
    expect([code, stdout]).toEqual([
      0,
      'A sweep would ask for 3 of 3 items of shop, item by item, 50 a second at most, because it has no list.\n' +
        'It takes about 1 s if the storefront answers at once.\n',
    ]);
    shop.hasList = true;
    const json = linesOf((await command.run(['sweep', ...OF_SHOP, '--dry-run', '--json'])).stdout);
    expect(json).toEqual([
      {
        ...{ dryRun: true, repair: false, tenant: 'shop', items: 3, asked: 3 },
        way: 'list',
        wayReason: null,
        rate: 50,
        seconds: 1,
      },
    ]);
    expect(await product.database.sweep.count()).toBe(0);
  });

  it('lists what differs and ends with 3, and with 0 once that is mended', async () => {
    shop.shelf.set('shop:CHAIR-02', { version: 1, quantity: 9 });
    shop.shelf.delete('shop:CHAIR-03');
    const found = await command.run(['sweep', ...OF_SHOP]);
    expect([found.code, found.stdout]).toEqual([
      3,
      'wrong_quantity_shown  shop:CHAIR-02  shop  1/4  1/9  not mended\n' +
        'unknown_there         shop:CHAIR-03  shop  1/4  -  not mended\n',
    ]);
    expect(found.stderr).toContain("asked for 3 of 3 items, by the storefront's list");
    expect(found.stderr).toContain('left: unknown_there 1, wrong_quantity_shown 1');
    const gate = await command.run(['gate', 'status', ...OF_SHOP]);
    expect(gate.stdout.replaceAll(/\s+/g, ' ')).toContain('unknown_there 1, wrong_quantity_shown 1');

    const mended = await command.run(['sweep', ...OF_SHOP, '--repair', '--json', '--actor', 'ann']);
    expect(mended.code).toBe(0);
    const [first, second, status] = linesOf(mended.stdout);
    expect([first, second]).toMatchObject([
      {
        itemId: 'shop:CHAIR-02',
        ledger: { version: 1, quantity: 4 },
        shown: { version: 1, quantity: 9 },
        repairedVersion: 2,
      },
      { itemId: 'shop:CHAIR-03', shown: null, mendedAt: expect.any(String) as string },
    ]);
    expect(sweepStatusSchema.strict().parse(status)).toMatchObject({
      requestedBy: 'ann',
      findings: { total: 2, repaired: 2, mended: 2 },
    });
    const clean = await command.run(['sweep', ...OF_SHOP]);
    expect([clean.code, clean.stdout]).toEqual([0, '']);
  });

  it('is listed, shown, and no longer cancelled once it has ended', async () => {
    const listed = z
      .array(sweepStatusSchema.strict())
      .parse(linesOf((await command.run(['sweep', 'list', ...OF_SHOP, '--json'])).stdout));
    expect(listed).toHaveLength(3);
    const id = String(listed[1]?.sweepId);
    expect((await command.run(['sweep', 'list'])).stdout).toContain(id);
    const shown = await command.run(['sweep', 'show', id]);
    expect(shown.stdout).toContain('shop:CHAIR-02  shop  1/4  1/9  mended\n');
    expect(shown.stderr).toContain('asked for at');
    const cancelled = await command.run(['sweep', 'cancel', id, '--reason', 'test']);
    expect([cancelled.code, cancelled.stderr]).toEqual([
      1,
      expect.stringContaining('had ended before') as string,
    ]);
    expect((await command.run(['sweep', 'show', 'nobody'])).code).toBe(1);
  });

  it('goes on when its command is stopped, which says how to follow it again', async () => {
    shop.hasList = false;
    shop.asked.length = 0;
    const child = command.start(['sweep', ...OF_SHOP, '--rate', '1']);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(async () => shop.asked.length > 0);
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    const id = /catalog-sync sweep show (\S+) --follow/.exec(said)?.[1];
    expect((await command.run(['sweep', 'show', String(id), '--follow'])).code).toBe(0);
  });

  it.each([
    [['sweep'], '--tenant is missing'],
    [['sweep', '--tenant', 'nobody'], 'no tenant nobody'],
    [['sweep', ...OF_SHOP, '--rate', '0'], 'whole number'],
    [['sweep', '--repair', 'list'], '--repair is not for sweep list'],
  ])('is wrong usage as %j', async (args, words) => {
    const { code, stderr } = await command.run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words) as string]);
  });

  it('ends with 1 when the sweep fails', async () => {
    await product.sql('DELETE FROM storefront');
    product.storefront.control.rejectReason = null;
    const { code, stderr } = await command.run(['sweep', ...OF_SHOP, '--dry-run']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('has no storefront address') as string]);
    await shopAt(product.sql, shop.url);
  });
});
