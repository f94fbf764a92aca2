import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openTenant } from '../support/flags.ts';
import { saveEvent } from '../support/ledger.ts';
import { openConsole, type ConsoleUnderTest } from './console.ts';

let console_: ConsoleUnderTest;
const SHOP = 'boutique';
const developer = { role: 'supplier', name: 'dev', tenant: SHOP, supplier: 'acme' } as const;

const save = (supplier: string, eventId: string, quantity: number, updatedAt: bigint) =>
  saveEvent(console_.product, SHOP, 'LAMP', { supplier, eventId, quantity, updatedAt, location: '' });

describe.skipIf(!hasChromium)(`a supplier's developer ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await openTenant(console_.product.database, SHOP, ['acme', 'rival']);
    await save('acme', 'mine-1', 5, 1n);
    await save('acme', 'mine-2', 4, 2n);
    await save('rival', 'theirs', 3, 3n);
  });
  afterAll(() => console_?.close());

  it('sees what became of its own events, whatever the address, and nobody else', async () => {
    for (const address of ['/', `/t/${SHOP}/gate`, '/t/other', '/sessions']) {
      const page = await console_.enter(address, developer);
      await page.getByRole('row', { name: /mine-2.*standing/ }).waitFor();
      await page.getByRole('row', { name: /mine-1.*replaced.*mine-2/ }).waitFor();
      expect(await page.locator('body').textContent()).not.toMatch(/rival|theirs|Roll back|Signals/);
    }
    expect(await console_.left()).toEqual([]);
  });

  it('sees a delivery that is refused, with the reason, as it comes', async () => {
    const page = await console_.enter('/', developer);
    await page.getByText('None was refused.').waitFor();
    await fetch(`${console_.url}/v1/tenants/${SHOP}/suppliers/acme/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const row = page.getByRole('row', { name: /not_signed/ });
    await row.getByText('anybody may have sent it').waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('finds its events by a SKU', async () => {
    const page = await console_.enter('/', developer);
    await page.getByLabel('Only of the SKU').fill('nothing');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('No event of this SKU.').waitFor();
    await page.getByLabel('Only of the SKU').fill('lamp');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('row', { name: /mine-1/ }).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('reads what the API takes on a page that needs no sign-in', async () => {
    const page = await console_.visit();
    await page.goto('/api-docs');
    await page.getByRole('heading', { name: 'Catalog sync: the API' }).waitFor();
    const link = page.getByRole('navigation').getByRole('link', { name: /\/deliveries$/ });
    await link.click();
    expect(new URL(page.url()).hash).toBe('#get-v1-tenants-tenant-suppliers-supplier-deliveries');
    expect(await page.evaluate('getComputedStyle(document.querySelector("main")).maxWidth')).not.toBe('none');
    expect(await console_.left()).toEqual([]);
  });
});
