import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAliases } from '../../src/aliases/take-aliases.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { openConsole, type ConsoleUnderTest } from './console.ts';

const TENANT = 'mapping';
const BY = { actor: 'ann' };
const EVENT = { sku: '4711', quantity: 3, updatedAt: mustParseTime('2026-06-01T10:00:00Z') };
let console_: ConsoleUnderTest;

describe.skipIf(!hasChromium)(`suppliers' codes ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await openTenant(console_.product.database, TENANT, ['acme']);
    await changeTenant(console_.product.database, { tenant: TENANT, unknownSkus: 'hold', ...BY });
    await record(console_.product.database, TENANT, 'acme', [{ eventId: 'm-1', ...EVENT }]);
  });
  afterAll(async () => {
    await console_?.close();
  });

  it('that nobody knows stand on the page of their failure mode until they are mapped, with the command that maps them', async () => {
    const page = await console_.enter(`/t/${TENANT}`);
    await page.getByRole('link', { name: 'unknown_sku' }).first().click();
    await page.getByText('1 waiting now').waitFor();
    await page.getByText('npx catalog-sync alias import FILE --tenant mapping').waitFor();
    await page.getByRole('row', { name: /4711.*acme.*1.*3/ }).waitFor();
    await page.getByRole('link', { name: '4711' }).click();
    await page.getByText('unknown_sku').first().waitFor();
    await page.goBack();
    const alias = { line: 1, code: '4711', sku: 'CHAIR', factor: '12' };
    await takeAliases(console_.product.database, { tenant: TENANT, supplier: 'acme' }, [alias], {
      ...{ by: BY, dryRun: false },
    });
    await page.reload();
    await page.getByText('No code waits for an alias.').waitFor();
    await page.getByText('0 waiting now').waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('are imported from pasted lines, found by code and SKU, and removed', async () => {
    const page = await console_.enter(`/t/${TENANT}`);
    await page.getByRole('link', { name: 'Aliases' }).click();
    await page.getByRole('button', { name: 'Import aliases …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Lines').fill('4006381333931\tDESK\t0.5\n0815;LAMP');
    await dialog.getByLabel('Reason').fill('their new list');
    await dialog.getByRole('button', { name: 'See what it would do' }).click();
    await dialog.getByText('aliases/0').waitFor();
    await dialog.getByLabel('Lines').fill('4006381333931\tDESK\t6\n\n0815;LAMP');
    await dialog.getByRole('button', { name: 'See what it would do' }).click();
    await dialog.getByText('This would be: 2 new, 0 changed, 0 as before').waitFor();
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('row', { name: /acme.*0815.*LAMP.*1/ }).waitFor();

    await page.getByLabel('Code or SKU').fill('04006381333931');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('row', { name: /0815/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /4006381333931.*DESK.*6/ }).waitFor();
    await page.getByLabel('Code or SKU').fill('lamp');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('button', { name: 'Remove … acme 0815' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('No alias is like that.').waitFor();
    await page.getByRole('combobox', { name: /^Of/ }).selectOption('acme');
    expect(new URL(page.url()).search).toBe('?supplier=acme&search=lamp');
    expect(await console_.left()).toEqual([]);
  });
});
