import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mustParseTime } from '../../src/domain/time.ts';
import { sampleTenants } from '../../src/gate/sample-tenants.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { record } from '../support/record.ts';
import { shopAt } from '../support/shop-at.ts';
import { openConsole, WIDE, type ConsoleUnderTest } from './console.ts';
import { fillOutlet, OUTLET } from './several-suppliers.ts';
import { fillShop, TENANT } from './shop.ts';

const LONG_ID = 'stock-adjusted-0190a7c2-7e1f-7c3b-9d54-3f2a1b0c9e18-warehouse-north';

let console_: ConsoleUnderTest;

describe.skipIf(!hasChromium)(`several suppliers and storefronts ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await console_.product.startWorker();
    await fillShop(console_.product);
    await fillOutlet(console_.product);
  });
  afterAll(async () => {
    await console_?.close();
  });
  afterEach(async () => {
    await console_.left();
  });

  it('says in a table what each supplier says of each location, and whether it counts', async () => {
    const page = await console_.enter(`/t/${OUTLET}/item?sku=SOFA-01`);
    const shares = page.getByRole('region', { name: 'What it is made of' });
    await shares.getByText('By the rule sum: 18 in stock, 2 kept back; the catalog says 16.').waitFor();
    const rows = await shares.getByRole('row').allTextContents();
    expect(rows.slice(1)).toEqual([
      expect.stringMatching(/^acmesouth-3.*countscounts as 0: oversold by 3.*e-3$/),
      expect.stringMatching(/^globex6.*counts.*g-1$/),
      expect.stringMatching(/^acmenorth12.*counts.*e-1$/),
      expect.stringMatching(/^initech4.*does not countexpired.*i-1$/),
    ]);
    expect(await console_.left()).toEqual([]);
  });

  it('stacks what each version was made of, and says the same in the version chain', async () => {
    const page = await console_.enter(`/t/${OUTLET}/item?sku=SOFA-01`);
    await page.getByRole('img', { name: /^What each supplier's figure was in each of 6 versions/ }).waitFor();
    expect(await page.locator('.legend.stack li').allTextContents()).toEqual([
      'the catalog says',
      'acme',
      'globex',
      'initech',
    ]);
    // By the suppliers' clocks, a figure of several events would stand where none of them is.
    expect(await page.getByRole('radio', { name: 'updatedAt: who wins' }).count()).toBe(0);
    const chain = page.getByRole('table', { name: 'Versions of the item, newest first' });
    expect(await chain.locator('td[data-column="Made of"]').allTextContents()).toEqual([
      'acme 12 + globex 6',
      'acme 12 + globex 6 + initech 4',
      'acme 15 + globex 6 + initech 4',
      'acme 15 + initech 4',
      'acme 12 + initech 4',
      'initech 4',
    ]);
    expect(await console_.left()).toEqual([]);
  });

  it('lists the end of a figure by its age, and leads from it to the figure', async () => {
    const page = await console_.enter(`/t/${OUTLET}/item?sku=SOFA-01`);
    const events = page.getByRole('table', { name: 'Events of the item, newest first' });
    await events.getByText('expiry of i-1').waitFor();
    await page.goto(`/t/${OUTLET}`);
    const latest = page.getByRole('table', { name: 'Latest events' });
    await latest.getByText('expiry', { exact: true }).waitFor();
    await latest.getByText('at north').waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('shows an item whose figure is that of one event as ever', async () => {
    const page = await console_.enter(`/t/${TENANT}/item?sku=LAMP-02`);
    await page.getByRole('heading', { name: 'Time line' }).waitFor();
    expect(await page.getByRole('radio', { name: 'updatedAt: who wins' }).isChecked()).toBe(true);
    expect(await page.getByRole('heading', { name: 'What it is made of' }).count()).toBe(0);
    expect(await page.locator('.legend.stack').count()).toBe(0);
    expect(await page.getByRole('columnheader', { name: 'Made of' }).count()).toBe(0);
    expect(await console_.left()).toEqual([]);
  });

  it('says of each storefront what it was told and what it shows, where there are several', async () => {
    const { product } = console_;
    const tables = (page: Page) => page.getByRole('table', { name: /^Storefronts of the tenant/ });
    const alone = await console_.enter(`/t/${OUTLET}/item?sku=SOFA-01`);
    await alone.getByText('Storefront shows', { exact: true }).waitFor();
    expect(await tables(alone).count()).toBe(0);

    await shopAt(product.sql, product.storefrontUrl, OUTLET);
    await shopAt(product.sql, 'http://127.0.0.1:9', OUTLET, { name: 'cache', place: 2 });
    await record(product.database, OUTLET, 'acme', [
      { eventId: LONG_ID, sku: 'DESK-01', quantity: 9, updatedAt: mustParseTime('2026-06-01T10:30:00Z') },
    ]);
    const page = await console_.enter(`/t/${OUTLET}/item?sku=DESK-01`);
    await tables(page)
      .getByRole('row', { name: /cache.*webhook, place 2.*failed.*no answer/ })
      .waitFor();
    const rows = await tables(page).getByRole('row').allTextContents();
    expect(rows.slice(1)).toEqual([
      expect.stringMatching(/^shop openwebhook, place 1.*7, version 1 accepted.*7, version 1/),
      expect.stringMatching(/^cache openwebhook, place 2.*7, version 1 failed.*ECONNREFUSED.*no answer/),
    ]);
    await page.getByText('shop shows', { exact: true }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('on a phone begins with answer, shares and storefronts, under a head of two rows, and folds the rest', async () => {
    const page = await console_.enter(`/t/${OUTLET}/item?sku=DESK-01`, { size: { width: 390, height: 844 } });
    await page.getByRole('table', { name: /^Storefronts of the tenant/ }).waitFor();
    const folded = page.locator('details.fold');
    expect(await folded.locator('h2').allTextContents()).toEqual([
      'Time line',
      'Events',
      'Version chain',
      'Publish attempts',
    ]);
    expect(await page.locator('details.fold[open]').count()).toBe(0);
    const height = (what: string) => page.evaluate<number>(`document.querySelector('${what}').offsetHeight`);
    expect(await height('header.top')).toBeLessThan(100);
    expect(await height('main')).toBeLessThan(2.5 * 844);

    expect(await page.getByRole('link', { name: 'Gate' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Gate' }).click();
    await page.getByRole('heading', { level: 1, name: /^Gate of/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Menu' }).getAttribute('aria-expanded')).toBe('false');
    await page.goBack();

    await page.getByText('Events', { exact: true }).click();
    const id = page
      .getByRole('table', { name: /^Events of/ })
      .locator('.event-id')
      .first();
    // On a line, and whole for whoever points at it or copies it.
    expect(await id.getAttribute('title')).toBe(LONG_ID);
    expect((await id.boundingBox())?.height).toBeLessThan(25);
    await id.selectText();
    expect(await page.evaluate('getSelection().toString()')).toBe(LONG_ID);
    await page.setViewportSize(WIDE);
    await page.locator('details.fold[open]').nth(3).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('lists the storefronts with their limits, what waits for each, and what it answers', async () => {
    await trouble();
    const page = await console_.enter(`/t/${OUTLET}`);
    await page
      .getByRole('listitem')
      .filter({ hasText: /^cache open.*calls failed in a row/ })
      .waitFor();
    await page.getByRole('link', { name: 'Storefronts and what waits for each' }).click();
    const shop = page.getByRole('region', { name: 'shop webhook, place 1' });
    const cache = page.getByRole('region', { name: 'cache webhook, place 2' });
    await cache.getByText(/^\d+ calls failed, one after the other\.$/).waitFor();
    await shop.getByText('Publish errors').waitFor();
    expect(await facts(cache)).toMatchObject({
      Limits: '2 calls a second, up to 50 items a call',
      'Still to tell': '1 item',
      Calls: expect.stringMatching(/^0 accepted, 0 rejected, \d+ failed in the last 24 h/),
      'Last call': expect.stringMatching(/^failed .* for outlet:DESK-01.*ECONNREFUSED/),
      'Publish errors': expect.stringMatching(
        /^100\.00 % .*target < 0\.5 %; the gate goes by this one, the worst/,
      ),
    });
    expect(await facts(shop)).toMatchObject({
      Limits: 'none: each item is told at once, in a call of its own',
      'Still to tell': 'nothing',
      Calls: expect.stringMatching(/^[1-9]\d* accepted, 0 rejected, 0 failed in the last 24 h$/),
      'Last call': expect.stringMatching(/^accepted .* for outlet:DESK-01/),
      'Stale items': expect.stringMatching(/^0\.00 % .*target < 1 %$/),
    });
    await product().sql("UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'", [
      OUTLET,
    ]);
    await page.reload();
    await cache.getByText('nothing is told to it while it is closed').waitFor();
    await product().sql("UPDATE storefront SET state = 'open' WHERE tenant_id = $1", [OUTLET]);
    expect(await console_.left()).toEqual([]);
  });

  it('says on the gate which storefront is the worst, which counts, and leads to the list', async () => {
    const page = await console_.enter(`/t/${OUTLET}/gate`, {
      size: { width: 390, height: 844 },
      role: 'viewer',
    });
    const errors = page.getByRole('listitem').filter({ hasText: /Publish errors: 100\.00 %/ });
    await errors.waitFor();
    expect(await errors.getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/^cache 100\.00 % . inconclusive counts, as the worst$/),
      expect.stringMatching(/^shop 0\.00 % . inconclusive Of/),
    ]);
    await page.getByRole('link', { name: 'the storefronts' }).click();
    await page.getByRole('region', { name: 'cache webhook, place 2' }).waitFor();
    expect(
      await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    ).toBe(0);
    expect(await console_.left()).toEqual([]);
  });

  it('says what tells a tenant without a storefront of its own', async () => {
    const page = await console_.enter(`/t/${TENANT}/storefronts`);
    await page.getByText(`${TENANT} has no storefront of its own.`).waitFor();
    expect(await console_.left()).toEqual([]);
  });
});

const product = () => console_.product;

/** The cache is limited and has failed five times and more; the gate has seen it. */
async function trouble(): Promise<void> {
  const { sql, database } = product();
  await sql(
    `UPDATE storefront SET limits = '{"callsPerSecond": 2, "itemsPerCall": 50}' WHERE tenant_id = $1 AND name = 'cache'`,
    [OUTLET],
  );
  await sql(
    `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, storefront, message_id, status, finished_at_us,
                                  reason)
     SELECT a.item_id, a.version, a.event_seq, a.workflow_id, a.storefront, a.message_id, 'failed', now_us(), a.reason
       FROM (SELECT * FROM publish_attempt WHERE storefront = 'cache' AND status = 'failed' LIMIT 1) a, generate_series(1, 5)`,
  );
  await sampleTenants(database, [OUTLET], { settings: { sampleSeconds: 45 } });
}

/** What a card says, by the names that stand before it. */
async function facts(card: Locator): Promise<Record<string, string>> {
  const names = await card.locator('dt').allTextContents();
  const words = await card.locator('dd').allTextContents();
  return Object.fromEntries(names.map((name, index) => [name, (words[index] ?? '').trim()]));
}
