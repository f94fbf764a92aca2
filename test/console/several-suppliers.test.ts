import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openConsole, type ConsoleUnderTest } from './console.ts';
import { fillOutlet, OUTLET } from './several-suppliers.ts';
import { fillShop, TENANT } from './shop.ts';

let console_: ConsoleUnderTest;

describe.skipIf(!hasChromium)(`an item of several suppliers ${inChromium}`, () => {
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
});
