import iconv from 'iconv-lite';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from '../../src/http/problems.ts';
import { hasChromium, inChromium } from '../support/chromium.ts';
import { openTenant } from '../support/flags.ts';
import { openConsole, type ConsoleUnderTest } from './console.ts';
import { documentOf, drop, feedOf, ranFile } from './feed-files.ts';

const TENANT = 'werk';
const SUPPLIER = 'acme';
/** Of a supplier of whom no other test has figures. */
const PLAIN = `supplier: initech
source: { upload: {} }
columns: { sku: sku, quantity: qty, updatedAt: at }
kind: snapshot
guards: { refused: 50% }
`;

let console_: ConsoleUnderTest;

const rowsOf = (count: number, quantity: number, at: string): string =>
  `sku,qty,at\n${Array.from({ length: count }, (_, no) => `ITEM-${no},${quantity},${at}\n`).join('')}`;

describe.skipIf(!hasChromium)(`feeds in the console ${inChromium}`, () => {
  beforeAll(async () => {
    console_ = await openConsole();
    await openTenant(console_.product.database, TENANT, [SUPPLIER, 'globex', 'initech', 'umbrella']);
    await console_.product.startWorker();
  });
  afterAll(async () => {
    await console_?.close();
  });
  afterEach(async () => {
    await console_.left();
  });

  it('are made out of a file that is dropped: what it leaves open is chosen, and its first run completes', async () => {
    const page = await console_.enter(`/t/${TENANT}/feeds`, { role: 'operator', name: 'otto' });
    await page.getByText('There is no feed yet.').waitFor();
    await page.getByRole('link', { name: 'New feed …' }).click();
    const bytes = iconv.encode(
      'Artikelnr;Bestand;Stand\r\nSTÜHLE-1;7;20.11.2026 06:00\r\nTISCH-2;12;20.11.2026 06:15\r\n',
      'windows-1252',
    );
    await drop(page, 'bestand_2026-11-20.csv', bytes);
    const look = page.getByRole('region', { name: 'What it becomes' });
    await look.getByText('The file leaves open:').waitFor();
    expect(await look.locator('.notice code').allTextContents()).toEqual(['times.zone']);
    await expectFault(page, 'Zone', /is missing: "dd.MM.yyyy HH:mm" names none/);
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('acme-bestand');
    expect(await page.getByLabel('SKU').locator('option:checked').textContent()).toBe('Artikelnr');

    await page.getByLabel('Zone').fill('Europe/Berlin');
    await look.getByText('The guards would let it pass.').waitFor();
    const [first] = await page.locator('table.sample tbody tr').all();
    expect(await first?.locator('td').allTextContents()).toEqual([
      ...['STÜHLE-1', '7', expect.stringMatching(/20 Nov 2026,? 06:00:00 CET/)],
      ...['STÜHLE-1', '7', '20.11.2026 06:00'],
    ]);
    await look.getByText('csv, windows-1252, separated by ;').waitFor();
    expect(await documentOf(page)).toMatchObject({ feed: 'acme-bestand', source: { upload: {} } });

    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Saved as version 1' }).waitFor();
    await page.getByRole('button', { name: 'Upload the file as the first run' }).click();
    await page.getByRole('heading', { level: 1, name: /^Run / }).waitFor();
    await page.getByRole('heading', { name: 'completed 2 rows' }).waitFor();
    await page.getByRole('link', { name: 'Feed acme-bestand' }).click();
    const row = page.getByRole('row', { name: /completed/ });
    await row.getByText('bestand_2026-11-20.csv').waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type('TISCH-2');
    await page.keyboard.press('Enter');
    const answer = page.getByRole('region', { name: 'The answer' });
    await answer.getByText(/the catalog says 12 \(version 1\)/).waitFor();
    expect(await console_.left()).toEqual([]);
  });

  it('say what is wrong at its place, and the document and the form are one', async () => {
    await feedOf(console_.product, TENANT, `feed: taken\n${PLAIN}`);
    const page = await console_.enter(`/t/${TENANT}/new-feed`, { role: 'operator' });
    await drop(
      page,
      'stock.csv',
      Buffer.from('sku,qty,updated_at\nA-1,5,2026-11-20T06:00:00Z\nB-2,viele,2026-11-20T06:00:00Z\n'),
    );
    const look = page.getByRole('region', { name: 'What it becomes' });
    await look.getByText('1 bad_quantity').waitFor();
    expect(await page.locator('td.refused').textContent()).toMatch(/^refused: quantity .*viele/);
    await look.getByText('The guards would hold it.').waitFor();

    await page.getByLabel('Rows refused').fill('60');
    await expectFault(page, 'Rows refused', /must be a share such as 30%/);
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Rows refused').fill('60%');
    await page.getByLabel('Words').fill('viele = 99');
    await look.getByText('2 rows, 2 events, 0 refused.').waitFor();
    expect(await documentOf(page)).toMatchObject({
      ...{ guards: { refused: '60%' }, quantities: { words: { viele: 99 } } },
    });

    await page.getByLabel('Name', { exact: true }).fill('taken');
    await page.getByText('There is a feed taken already').waitFor();
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);

    const text = page.locator('textarea.document');
    await text.fill('{ "feed": ');
    await page.getByRole('alert').getByText('This is no document').waitFor();
    expect(await page.getByLabel('Words').isDisabled()).toBe(true);
    await text.fill(
      JSON.stringify({
        feed: 'x',
        supplier: SUPPLIER,
        source: { upload: {} },
        columns: { sku: 'sku', quantity: 'nope' },
        times: { of: 'received' },
      }),
    );
    await look.getByText(/columns.quantity: the file has no column "nope"/).waitFor();
    expect(await page.getByLabel('Quantity').locator('option:checked').textContent()).toBe(
      'nope (as the document has it)',
    );
    await page.getByLabel('Quantity').selectOption('qty');
    await look.getByText('1 bad_quantity').waitFor();
    expect(await documentOf(page)).toMatchObject({ columns: { quantity: 'qty' } });
    expect(await console_.left()).toEqual([]);
  });

  it('say what would change, from what to what, which lines are refused, and what is to be known of the rest', async () => {
    const { product } = console_;
    await feedOf(product, TENANT, `feed: sums\n${PLAIN.replace('initech', 'umbrella')}`);
    const file = { tenant: TENANT, feed: 'sums' };
    await ranFile(product, { ...file, content: rowsOf(12, 5, '2026-11-20T06:00:00Z') });
    await product.database.supplier.updateMany({ where: { id: 'umbrella' }, data: { state: 'closed' } });
    const page = await console_.enter(`/t/${TENANT}/feeds/sums/edit`, { role: 'operator' });
    const bad = ['many', 'few', 'none'].map((quantity) => `BAD,${quantity},2026-11-21T06:00:00Z\n`);
    const twice = 'TWICE,1,2026-11-21T06:00:00Z\nTWICE,2,2026-11-21T06:00:00Z\n';
    const rows = rowsOf(9, 7, '2026-11-21T06:00:00Z') + bad.join('') + twice;
    await drop(
      page,
      'stock.csv',
      Buffer.from(`${rows}LATE,1,2099-01-01T00:00:00Z\nBAD,some,2026-11-21T06:00:00Z\n`),
    );
    const look = page.getByRole('region', { name: 'What it becomes' });
    await look.getByText('4 bad_quantity, lines 11-13, 17').waitFor();
    await look.getByText('the supplier umbrella is closed').waitFor();
    await look.getByText(/1 event will be rejected: clock_drift \(line 16\)/).waitFor();
    await look.getByText(/1 event taken with a warning: .* \(line 15\)/).waitFor();
    await look.getByText(/Of 12 figures in stock, 3 would go to 0\. 14 items would change\./).waitFor();
    await look.getByText('From what to what').click();
    const changed = look.getByRole('table', { name: 'The first items that would change' });
    expect(await changed.getByRole('row').nth(1).getByRole('cell').allTextContents()).toEqual([
      'ITEM-10',
      '5',
      '0',
    ]);
    expect(await console_.left()).toEqual([]);
  });

  it('show the answer to the last change, however late an older one comes', async () => {
    const page = await console_.enter(`/t/${TENANT}/new-feed`, { role: 'operator' });
    await drop(page, 'stock.csv', Buffer.from('sku,qty,updated_at\nA-1,"5,0",2026-11-20T06:00:00Z\n'));
    const look = page.getByRole('region', { name: 'What it becomes' });
    await look.getByText('The guards would let it pass.').waitFor();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let answered: Promise<void> | undefined;
    await page.route('**/feed-previews', (route) => {
      if (!route.request().postData()?.includes('"."')) return route.continue();
      answered = held.then(() => route.continue()).catch(() => undefined);
      return answered;
    });
    const asked = page.waitForRequest((request) => request.postData()?.includes('"."') ?? false);
    await page.getByLabel('Decimal sign').selectOption('point: 5.0');
    await asked;
    await page.getByLabel('Decimal sign').selectOption('comma: 5,0');
    await page.locator('.look[aria-busy="false"]').waitFor();
    release();
    await answered;
    await page.waitForTimeout(300);
    expect(await look.getByText('1 row, 1 event, 0 refused.').count()).toBe(1);
    expect(await console_.left()).toEqual([]);
  });

  it('wait for their turn where somebody has asked for much', async () => {
    const page = await console_.enter(`/t/${TENANT}/new-feed`, { role: 'operator' });
    let refusals = 0;
    await page.route('**/feed-previews', (route) => {
      refusals += 1;
      if (refusals % 2 === 0) return route.continue();
      return route.fulfill({
        ...{ status: 429, contentType: 'application/problem+json' },
        body: JSON.stringify(problemOf('too_many_at_once')),
      });
    });
    await drop(page, 'stock.csv', Buffer.from('sku,qty,updated_at\nA-1,5,2026-11-20T06:00:00Z\n'));
    await page.getByText('1 row, 1 event, 0 refused.').waitFor();
    expect([refusals, await page.getByRole('alert').count()]).toEqual([4, 0]);
    expect(await console_.left()).toEqual([]);
  });

  it('show what a supplier wrote as text, whatever it says', async () => {
    const page = await console_.enter(`/t/${TENANT}/new-feed`, { role: 'operator' });
    const evil = '<img src=x onerror=alert(1)>';
    await drop(
      page,
      `${evil}\u202e.csv`,
      Buffer.from(`sku,qty,updated_at,"${evil}"\n"${evil}",5,2026-11-20T06:00:00Z,"</script>\u200b"\n`),
    );
    const table = page.locator('table.sample');
    await table.getByText(evil).first().waitFor();
    expect(await table.locator('.code-point').allTextContents()).toContain('U+200B');
    await page.locator('.drop').getByText('U+202E').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    await page.getByLabel('Name', { exact: true }).fill('evil');
    await page.locator('.look[aria-busy="false"]').getByText('The guards would let it pass.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Upload the file as the first run' }).click();
    await page.getByRole('heading', { name: /completed/ }).waitFor();
    await page.getByText(evil).first().waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(await console_.left()).toEqual([]);
  });

  it('hold a file until somebody approves or refuses it, each with a reason that is kept', async () => {
    const { product } = console_;
    await feedOf(product, TENANT, `feed: night\n${PLAIN}`);
    const file = { tenant: TENANT, feed: 'night' };
    await ranFile(product, { ...file, content: rowsOf(10, 5, '2026-11-20T06:00:00Z') });
    const empty = await ranFile(product, { ...file, content: rowsOf(10, 0, '2026-11-21T06:00:00Z') });
    const half = await ranFile(product, { ...file, content: rowsOf(4, 5, '2026-11-22T06:00:00Z') });

    const viewer = await console_.enter(`/t/${TENANT}/feeds/night`, { role: 'viewer' });
    await viewer.getByText('10 of 10 figures would go to 0').first().waitFor();
    expect(await viewer.getByRole('button', { name: /Approve|Refuse|Pause/ }).count()).toBe(0);
    expect(await viewer.getByRole('link', { name: 'Edit …' }).count()).toBe(0);

    const page = await console_.enter(`/t/${TENANT}/feeds/night/runs/${empty}`, {
      role: 'operator',
      name: 'otto',
    });
    await page.getByText('all of its 10 figures are 0').waitFor();
    await page.getByRole('button', { name: 'Refuse …' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Refuse the file' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('their export broke');
    await dialog.getByRole('button', { name: 'Refuse the file' }).click();
    await page.getByText('their export broke').waitFor();

    await page.goto(`/t/${TENANT}/feeds/night/runs/${half}`);
    await page.getByRole('button', { name: 'Approve …' }).click();
    await dialog.getByText('4 rows, where 10 are usual').waitFor();
    await dialog.getByLabel('Reason').fill('they sell less now');
    await dialog.getByRole('button', { name: 'Approve the file' }).click();
    await page.getByRole('heading', { name: 'completed 4 rows' }).waitFor();
    await page.getByText('6 set to 0 because the file does not name them').waitFor();
    const audited = await product.database.auditEntry.findMany({
      where: { action: { in: ['feed.approve', 'feed.refuse'] } },
      orderBy: { id: 'asc' },
    });
    expect(audited.map(({ action, actor, reason }) => [action, actor, reason])).toEqual([
      ['feed.refuse', 'console otto', 'their export broke'],
      ['feed.approve', 'console otto', 'they sell less now'],
    ]);
    expect(await console_.left()).toEqual([]);
  });

  it('say which rows were refused, and give them as CSV', async () => {
    const { product } = console_;
    await feedOf(product, TENANT, `feed: some\n${PLAIN}`);
    const content = 'sku,qty,at\nX-1,1,2026-11-20T06:00:00Z\nX-2,many,2026-11-20T06:00:00Z\n';
    const runId = await ranFile(product, { tenant: TENANT, feed: 'some', content });
    const page = await console_.enter(`/t/${TENANT}/feeds/some/runs/${runId}`, { role: 'viewer' });
    await page.getByText('1 bad_quantity, line 3').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download them as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`refused-${runId}.csv`);
    expect(await console_.left()).toEqual([]);
  });

  it('are paused and resumed, and keep the secrets that are not written anew', async () => {
    const page = await console_.enter(`/t/${TENANT}/new-feed`, { role: 'operator' });
    await page.getByLabel('Supplier').selectOption('globex');
    await page.getByLabel('Name', { exact: true }).fill('by-http');
    await page.getByLabel('Files come from').selectOption('HTTP address');
    await page.getByLabel('Address').fill('https://globex.example/stock.csv?key=sesame');
    await page.getByLabel('Headers').fill('Authorization: Bearer open');
    await page.getByLabel('Looked at every').fill('31d');
    await page.locator('textarea.document').fill(
      JSON.stringify({
        ...(await documentOf(page)),
        columns: { sku: 'sku', quantity: 'qty' },
        times: { of: 'received' },
      }),
    );
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Saved as version 1' }).waitFor();
    expect(await page.locator('textarea.document').inputValue()).not.toMatch(/sesame|Bearer/);

    await page.goto(`/t/${TENANT}/feeds/by-http/edit`);
    await drop(page, 'stock.csv', Buffer.from('sku,qty\nA-1,5\n'));
    await page
      .getByRole('region', { name: 'What it becomes' })
      .getByText('1 row, 1 event, 0 refused.')
      .waitFor();
    expect(await page.getByLabel('Address').inputValue()).toBe('•••');
    await page.getByLabel('Silent for at most').fill('26h');
    await page.locator('.look[aria-busy="false"]').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Saved as version 2' }).waitFor();

    await page.goto(`/t/${TENANT}/feeds`);
    const row = page.getByRole('row', { name: /by-http/ });
    await row.getByRole('button', { name: /Pause/ }).click();
    await row.getByText('paused').waitFor();
    await row.getByRole('button', { name: /Resume/ }).click();
    await row.getByRole('button', { name: /Pause/ }).waitFor();
    expect(await console_.left()).toEqual([]);
  });
});

async function expectFault(page: Page, label: string, fault: RegExp): Promise<void> {
  const field = page.locator('.field', { has: page.getByLabel(label, { exact: true }) });
  await field.locator('.fault').waitFor();
  expect(await field.locator('.fault').textContent()).toMatch(fault);
  expect(await page.getByLabel(label, { exact: true }).getAttribute('aria-invalid')).toBe('true');
}
