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

describe.skipIf(!hasChromium)(`codes that nobody knows ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await openTenant(console_.product.database, TENANT, ['acme']);
    await changeTenant(console_.product.database, { tenant: TENANT, unknownSkus: 'hold', ...BY });
    await record(console_.product.database, TENANT, 'acme', [{ eventId: 'm-1', ...EVENT }]);
  });
  afterAll(async () => {
    await console_?.close();
  });

  it('stand on the page of their failure mode until they are mapped, with the command that maps them', async () => {
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
});
