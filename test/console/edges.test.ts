import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSignInLink } from '../../src/access/tickets.ts';
import { problemOf } from '../../src/http/problems.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openConsole, type ConsoleUnderTest } from './console.ts';
import { fillShop, TENANT } from './shop.ts';

let console_: ConsoleUnderTest;

/** Holds the answers to a path back until the returned function is called. */
async function holdBack(page: Page, path: string): Promise<() => void> {
  let release = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(path, async (route) => {
    await promise;
    await route.continue();
  });
  return () => release();
}

describe.skipIf(!hasChromium)(`at its edges, the console ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await console_.product.startWorker();
    await fillShop(console_.product);
    await console_.product.database.tenant.create({ data: { id: 'other' } });
  });
  afterAll(async () => {
    await console_?.close();
  });
  afterEach(async () => {
    await console_.left();
  });

  it('reads a story beside the session, and anew for whoever signs in', async () => {
    const page = await console_.signedIn();
    const release = await holdBack(page, '**/session');
    const early = page.waitForRequest('**/trace?sku=CHAIR-01*');
    await page.goto(`/t/${TENANT}/item?sku=CHAIR-01`);
    await early;
    release();
    await page.getByRole('heading', { level: 1, name: `${TENANT}:CHAIR-01` }).waitFor();

    await page.context().clearCookies();
    await page.reload();
    await page.getByLabel('API token').fill(await console_.token());
    await page.keyboard.press('Enter');
    await page
      .getByRole('region', { name: 'The answer' })
      .getByText(/e-17 of acme/)
      .waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('shows the way to sign in to an address that was refused too often, and what to do there', async () => {
    const page = await console_.visit();
    await page.route('**/session', (route) =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '30' },
        contentType: 'application/problem+json',
        body: JSON.stringify(problemOf('too_many_refused')),
      }),
    );
    await page.goto('/');
    await page.getByLabel('API token').fill('cst_wrong');
    await page.keyboard.press('Enter');
    await page
      .getByRole('alert')
      .getByText(/Another try is judged in 30 s/)
      .waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('takes the next link in the place of one that was refused', async () => {
    const page = await console_.visit();
    await page.goto('/sign-in#ticket=%E0%A4%A');
    await page.getByRole('alert').getByText('Signing in failed').waitFor();
    const link = await createSignInLink(console_.product.database, console_.url, 'mara');
    await page.evaluate(`location.href = ${JSON.stringify(link)}`);
    await page.getByText('mara admin').waitFor();
    expect(page.url()).not.toContain('ticket');
    // Whoever is signed in and comes by the bare address is led on, so that a link can be taken here too.
    await page.goto('/sign-in');
    await page.waitForURL(`**/t/*`);
    expect(await console_.left()).toEqual([]);
  });

  it('does not turn an open question about one tenant into one about another', async () => {
    const page = await console_.enter('/t/other');
    await page.getByLabel('Tenant').selectOption(TENANT);
    await page.getByRole('heading', { name: `Look up in ${TENANT}` }).waitFor();
    await page.getByRole('button', { name: 'Roll back …' }).click();
    await page.getByRole('dialog', { name: `Roll back ${TENANT}` }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Look up in other' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await console_.left()).toEqual([]);
  });

  it('keeps a question open until what was asked for has ended, and asks for it once', async () => {
    const page = await console_.enter('/t/other/gate', { role: 'operator', name: 'otto' });
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST') asked += 1;
    });
    const release = await holdBack(page, '**/gate/rollback');
    await page.getByRole('button', { name: 'Roll back …' }).click();
    await page.getByRole('button', { name: 'Roll back now' }).dblclick();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Roll back other' }).waitFor();
    expect(await page.getByRole('button', { name: 'Leave it as it is' }).isDisabled()).toBe(true);
    release();
    await page.getByRole('dialog', { name: 'Rolled back' }).waitFor();
    expect(asked).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await console_.left()).toEqual([]);
  });

  it('starts no replay from a dry run of another window than the form shows', async () => {
    const page = await console_.enter(`/t/${TENANT}/replays/new?since=2020-01-01T00:00:00Z&sku=LAMP-02`);
    const release = await holdBack(page, '**/prediction');
    await page.getByRole('button', { name: /Dry run/ }).click();
    await page.getByRole('button', { name: 'Looking …' }).waitFor();
    await page.getByLabel('SKU', { exact: true }).fill('CHAIR-01');
    release();
    await page.getByRole('button', { name: /Dry run/ }).waitFor();
    expect(await page.getByRole('button', { name: /Start the replay/ }).count()).toBe(0);
    await page.getByRole('button', { name: /Dry run/ }).click();
    await page.getByRole('button', { name: /Start the replay of 4 events/ }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('says what is wrong with an address', async () => {
    const page = await console_.enter(`/t/${TENANT}/`);
    await page.getByRole('heading', { name: `Look up in ${TENANT}` }).waitFor();
    for (const address of ['item', 'item?sku=', 'event', 'event?supplier=acme', 'gate/more', '/gate']) {
      await page.goto(`/t/${TENANT}/${address}`);
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    }
    await page.goto(`/t/${TENANT}/search?q=%20`);
    await page.getByText('There is nothing to look up.').waitFor();
    expect(await console_.left()).toEqual([]);
  });
});
